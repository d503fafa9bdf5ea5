import { describe, expect, it } from 'vitest';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type PortSpec, random } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

const ports = (...names: string[]): PortSpec[] => names.map((name) => ({ name, dims: [2, 2] }));

function unitsOn(chip: Chip, nodes: NodeProto[], outputs = ['y']) {
  const model = statedModel({
    nodes,
    inputs: ports('x', 'z'),
    outputs: ports(...outputs),
    constants: { w: random([2, 2]), c: random([2, 2], 2) },
  });
  return planModel(model, schemeOf(targets[chip]));
}

const read = (tensor: string, input: number) => ({ input, tensor });

describe('units', () => {
  const nodes = [
    makeNode('MatMul', ['x', 'w'], ['a']),
    makeNode('Relu', ['a'], ['r']),
    makeNode('Add', ['r', 'x'], ['y']),
  ];

  it('are the operators that read a quantized activation, in the order of the graph', () => {
    const { units, plan } = unitsOn('tensorrt', nodes);
    expect(units).toEqual([
      { name: 'a/MatMul', op: 'MatMul', node: nodes[0], reads: [read('x', 0)], layer: plan.layers[0] },
      { name: 'y/Add', op: 'Add', node: nodes[2], reads: [read('r', 0), read('x', 1)], layer: undefined },
    ]);
  });

  it('are the outputs as well, last, where every activation is quantized', () => {
    const { units } = unitsOn('snpe', nodes);
    expect(units.map(({ name }) => name)).toEqual(['a/MatMul', 'y/Add', 'output y']);
    expect(units[2]).toEqual({
      name: 'output y',
      op: 'Output',
      node: undefined,
      reads: [read('y', 0)],
      layer: undefined,
    });
  });

  it('list what they read by input, whatever the order in which the tensors are planned', () => {
    const reversed = makeNode('Mul', ['z', 'x'], ['y']);
    const [unit] = unitsOn('snpe', [reversed]).units;
    expect(unit.reads).toEqual([read('z', 0), read('x', 1)]);
    const twice = unitsOn('snpe', [makeNode('Mul', ['x', 'x'], ['y'])]).units[0];
    expect(twice.reads).toEqual([read('x', 0), read('x', 1)]);
  });

  it('are layers with a quantized weight though none of their activations is quantized', () => {
    const { model, plan, scheme } = unitsOn('onnxruntime', [makeNode('MatMul', ['x', 'w'], ['y'])]);
    expect(plan.activations.size).toBe(2);
    const weightOnly = {
      ...scheme.target,
      placement: { kind: 'every-activation' as const, operators: new Set<string>() },
    };
    const { units } = planModel(model, { ...scheme, target: weightOnly });
    expect(units).toMatchObject([{ name: 'y/MatMul', reads: [], layer: { weight: { name: 'w' } } }]);
  });

  it('are not layers of two activations of which none is quantized', () => {
    const { model, scheme } = unitsOn('onnxruntime', [makeNode('MatMul', ['x', 'z'], ['y'])]);
    const none = {
      ...scheme.target,
      placement: { kind: 'every-activation' as const, operators: new Set<string>() },
    };
    expect(planModel(model, { ...scheme, target: none }).units).toEqual([]);
  });
});

describe('an output of the model', () => {
  it('is no unit where the inputs of operators alone are quantized, though an operator reads it', () => {
    const nodes = [makeNode('MatMul', ['x', 'w'], ['a']), makeNode('MatMul', ['a', 'w'], ['y'])];
    const { units, plan } = unitsOn('tensorrt', nodes, ['a', 'y']);
    expect([...plan.activations.keys()]).toEqual(['x', 'a']);
    expect(units.map(({ name }) => name)).toEqual(['a/MatMul', 'y/MatMul']);
  });

  it('is no unit where it is an input handed through, or has no grid of its own', () => {
    const nodes = [makeNode('Exp', ['x'], ['y']), makeNode('Transpose', ['y'], ['t'])];
    const { units } = unitsOn('snpe', nodes, ['x', 'y', 't']);
    expect(units.map(({ name }) => name)).toEqual(['y/Exp', 't/Transpose', 'output y']);
  });

  it('has a name that no operator has', () => {
    const taken = ['output y', 'output y#'].map((name, i) =>
      Object.assign(makeNode('Exp', [i === 0 ? 'x' : 'a'], [i === 0 ? 'a' : 'y']), { name }),
    );
    expect(unitsOn('snpe', taken).units.map(({ name }) => name)).toEqual([
      'output y',
      'output y#',
      'output y##',
    ]);
  });
});
