import { beforeAll, describe, expect, it } from 'vitest';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import type { Placement } from '../../../src/targets/target.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const constants = { w: random([2, 2, 3, 3]), v: random([2, 2, 3, 3], 2), d: random([2, 1, 3, 3], 3) };
const pads = { pads: [1, 1, 1, 1] };

/** Of one chip for each kind of placement. */
async function places(nodes: NodeProto[]): Promise<Partial<Record<Chip, string[]>>> {
  const model = await load({
    nodes,
    inputs: [{ name: 'x', dims: [1, 2, 6, 6] }],
    outputs: [{ name: 'y', dims: [1, 'C', 'H', 'W'] }],
    constants,
  });
  const of = (chip: Chip) => [...planFor(model, targets[chip]).activations.keys()];
  return {
    tensorrt: of('tensorrt'),
    snpe: of('snpe'),
    cambricon: of('cambricon'),
    onnxruntime: of('onnxruntime'),
  };
}

describe('activations on a grid', () => {
  it('are at the same places for ncnn and Ascend as Cambricon, RKNN as SNPE but for its rules', () => {
    expect(targets.ncnn.placement).toEqual(targets.cambricon.placement);
    expect(targets.ascend.placement).toEqual(targets.cambricon.placement);
    const { rules, ...places } = targets.snpe.placement as Extract<Placement, { kind: 'every-activation' }>;
    expect(rules).toBeDefined();
    expect(targets.rknn.placement).toEqual(places);
  });

  it('are, around Conv-Relu-Conv, what operators read or every tensor, and never what a Relu is fused to', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['a'], pads),
      makeNode('Relu', ['a'], ['b']),
      makeNode('Conv', ['b', 'v'], ['y'], pads),
    ];
    expect(await places(nodes)).toEqual({
      tensorrt: ['x', 'b'],
      cambricon: ['x', 'b'],
      snpe: ['x', 'b', 'y'],
      onnxruntime: ['x', 'b', 'y'],
    });
  });

  it('are both inputs of a residual Add for TensorRT, not for Cambricon', async () => {
    const nodes = [makeNode('Conv', ['x', 'w'], ['a'], pads), makeNode('Add', ['a', 'x'], ['y'])];
    expect(await places(nodes)).toEqual({
      tensorrt: ['x', 'a'],
      cambricon: ['x'],
      snpe: ['x', 'a', 'y'],
      onnxruntime: ['x', 'a', 'y'],
    });
  });

  it('are not what MaxPool or Transpose only move', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['a'], pads),
      makeNode('MaxPool', ['a'], ['m'], { kernel_shape: [2, 2] }),
      makeNode('Transpose', ['m'], ['t'], { perm: [0, 1, 3, 2] }),
      makeNode('Sigmoid', ['t'], ['y']),
    ];
    const all = await places(nodes);
    expect(all.snpe).toEqual(['x', 'a', 'y']);
    expect(all.onnxruntime).toEqual(['x', 'a', 'y']);
    expect(all.tensorrt).toEqual(['x']);
  });

  it('count a depthwise convolution among the layers', async () => {
    const nodes = [makeNode('Conv', ['x', 'd'], ['y'], { ...pads, group: 2 })];
    expect((await places(nodes)).cambricon).toEqual(['x']);
  });
});
