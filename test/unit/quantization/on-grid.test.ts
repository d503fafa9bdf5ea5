import { expect, it } from 'vitest';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { movedTo } from '../../../src/onnx/moving.ts';
import { gridsOf, onGrid } from '../../../src/quantization/on-grid.ts';
import { targets } from '../../../src/targets/index.ts';
import { statedModel } from '../../support/stated-model.ts';

const grid = targets.snpe.activations.grid(8);
const wide = onGrid({ alpha: -4, beta: 4 }, grid);
const narrow = onGrid({ alpha: 0, beta: 1 }, grid);

function gridsAfter(nodes: NodeProto[], reads: 'quantized' | 'real' = 'quantized') {
  const { view } = statedModel({
    nodes,
    inputs: [{ name: 'x', dims: [4] }],
    outputs: [{ name: 'y', dims: [4] }],
  });
  const uses = (name: string) => (reads === 'quantized' ? (view.uses.get(name) ?? []) : []);
  const quantized = new Map([
    ['x', wide],
    ['own', narrow],
  ]);
  return gridsOf(view, new Map([...quantized.keys()].map((name) => [name, uses(name)])), quantized);
}

it('what moves values hands their grid on, as often as it is moved', () => {
  const nodes = [makeNode('Reshape', ['x', 'shape'], ['a']), makeNode('MaxPool', ['a'], ['y', 'indices'])];
  expect([...gridsAfter(nodes)]).toEqual([
    ['x', wide],
    ['own', narrow],
    ['a', wide],
    ['y', wide],
  ]);
});

it('what computes hands none on', () => {
  const nodes = [makeNode('Relu', ['x'], ['a']), makeNode('Reshape', ['a', 'shape'], ['y'])];
  expect([...gridsAfter(nodes).keys()]).toEqual(['x', 'own']);
});

it('a grid that a tensor has of its own stays', () => {
  expect(gridsAfter([makeNode('Identity', ['x'], ['own'])]).get('own')).toBe(narrow);
});

it('where the inputs of operators alone are quantized, what is moved is not quantized yet', () => {
  const moved = gridsAfter([makeNode('Reshape', ['x', 'shape'], ['y'])], 'real');
  expect([...moved.keys()]).toEqual(['x', 'own']);
});

it('all outputs of a Split hold what it moves, and the first one of any other operator', () => {
  expect(movedTo(makeNode('Split', ['x'], ['a', '', 'b']))).toEqual(['a', 'b']);
  expect(movedTo(makeNode('Dropout', ['x'], ['a', 'mask']))).toEqual(['a']);
  expect(movedTo(makeNode('MaxPool', ['x'], ['', 'indices']))).toEqual([]);
});
