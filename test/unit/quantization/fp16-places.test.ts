import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { type Fp16Places, fp16Places } from '../../../src/quantization/fp16-places.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, type makeModel, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

type Given = Parameters<typeof makeModel>[0];

async function placesOf(
  given: Given,
  chip: Chip = 'tensorrt',
  floating: readonly string[] = [],
): Promise<Fp16Places> {
  const target = targets[chip];
  const scheme = {
    target,
    granularity: 'per-channel',
    weightBits: 8,
    activationBits: 8,
    range: 'mse',
  } as const;
  const layers = new Map(floating.map((name) => [name, { float: true }]));
  return fp16Places(planModel(await load(given), scheme, layers), target.fp16!);
}

const named = ({ tensors }: Fp16Places) => tensors.map(({ name }) => name);
const pads = { pads: [1, 1, 1, 1] };
const square = (name: string, channels = 4) => ({ name, dims: [1, channels, 8, 8] });

/** Two blocks: convolution and Relu, and a convolution that is added to what it reads. */
const residual: Given = {
  nodes: [
    makeNode('Conv', ['x', 'w', 'b'], ['c1'], pads),
    makeNode('Relu', ['c1'], ['r1']),
    makeNode('Conv', ['r1', 'v'], ['c2'], pads),
    makeNode('Add', ['c2', 'r1'], ['sum']),
    makeNode('Relu', ['sum'], ['r2']),
    makeNode('MaxPool', ['r2'], ['pool'], { kernel_shape: [2, 2], strides: [2, 2] }),
    makeNode('Conv', ['pool', 'u'], ['c3'], pads),
    makeNode('GlobalAveragePool', ['c3'], ['mean']),
    makeNode('Flatten', ['mean'], ['f']),
    makeNode('Gemm', ['f', 'g', 'h'], ['y'], { transB: 1 }),
  ],
  inputs: [square('x', 3)],
  outputs: [{ name: 'y', dims: [1, 5] }],
  constants: {
    w: random([4, 3, 3, 3], 1),
    b: random([4], 2),
    v: random([4, 4, 3, 3], 3),
    u: random([4, 4, 3, 3], 4),
    g: random([5, 4], 5),
    h: random([5], 6),
  },
};

describe('the places of FP16', () => {
  it('are not between an integer layer and the quantizers that are fused into it', async () => {
    const places = await placesOf(residual);
    // Behind convolution, Relu, addition and pooling quantizers read all there is.
    expect(named(places)).toEqual(['c3', 'mean', 'y']);
    expect(places.inputs.size).toBe(0);
    expect(places.constants.size).toBe(0);
  });

  it('are between all of them where a layer quantizes what it reads by itself', async () => {
    // Relu, pooling and Flatten make binary16 numbers of binary16 numbers.
    expect(named(await placesOf(residual, 'cambricon'))).toEqual(['c1', 'c2', 'sum', 'c3', 'mean', 'y']);
  });

  it('are behind an integer layer whose output some operator reads in float', async () => {
    const gated: Given = {
      nodes: [
        makeNode('Conv', ['x', 'w'], ['c'], pads),
        makeNode('Sigmoid', ['c'], ['s']),
        makeNode('Mul', ['c', 's'], ['m']),
        makeNode('Conv', ['m', 'v'], ['y'], pads),
      ],
      inputs: [square('x', 3)],
      outputs: [square('y')],
      constants: { w: random([4, 3, 3, 3], 1), v: random([4, 4, 3, 3], 3) },
    };
    expect(await placesOf(gated)).toMatchObject({
      tensors: [
        { name: 'c', op: 'Conv', layer: 'c/Conv', beyond: 'both' },
        { name: 's', op: 'Sigmoid', beyond: 'never' },
        { name: 'm', op: 'Mul', beyond: 'both' },
        { name: 'y', op: 'Conv', beyond: 'both' },
      ],
    });
  });

  it('are at the weights and the input of a layer that is kept in float', async () => {
    const places = await placesOf(residual, 'tensorrt', ['c1/Conv']);
    expect([...places.constants.keys()]).toEqual(['w', 'b']);
    expect(places.inputs.get('x')).toMatchObject([{ input: 0, node: { opType: 'Conv' } }]);
    expect(named(places)).toEqual(['c1', 'c3', 'mean', 'y']);
  });

  it('are not at parameters that an engine combines, nor in what is computed from shapes', async () => {
    const shaped: Given = {
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Shape', ['h'], ['shape']),
        makeNode('Cast', ['shape'], ['sizes'], { to: 1 }),
        makeNode('Mul', ['sizes', 'k'], ['scaled']),
        makeNode('Cast', ['scaled'], ['wanted'], { to: 7 }),
        makeNode('Reshape', ['h', 'wanted'], ['moved']),
        makeNode('Clip', ['moved', 'low', 'high'], ['clipped']),
        makeNode('Mul', ['clipped', 'k'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 8] }],
      constants: {
        w: random([8, 8]),
        k: floats([], [1]),
        low: floats([], [-3e38]),
        high: floats([], [3e38]),
      },
    };
    const places = await placesOf(shaped);
    expect(named(places)).toEqual(['h', 'clipped', 'y']);
    expect([...places.constants.keys()]).toEqual(['k']);
    expect(places.constants.get('k')).toHaveLength(1);
  });

  it.each([
    [6, ['h', 'y']],
    [6.001, ['h', 'clipped', 'y']],
  ])('are not behind a Clip whose bounds binary16 has: 0 and %d', async (bound, expected) => {
    const clipped: Given = {
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Clip', ['h', 'low', 'high'], ['clipped']),
        makeNode('Softplus', ['clipped'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 8] }],
      constants: { w: random([8, 8]), low: floats([], [0]), high: floats([], [bound]) },
    };
    expect(named(await placesOf(clipped))).toEqual(expected);
  });

  it('are not behind what makes zeros and ones of flags', async () => {
    const oneHot: Given = {
      nodes: [
        makeNode('Equal', ['ids', 'classes'], ['flags']),
        makeNode('Cast', ['flags'], ['hot'], { to: 1 }),
        makeNode('Cast', ['ids'], ['numbers'], { to: 1 }),
        makeNode('Mul', ['hot', 'numbers'], ['m']),
        makeNode('MatMul', ['m', 'w'], ['y']),
      ],
      inputs: [{ name: 'ids', dims: ['N', 1], type: 'int64' }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: {
        w: random([8, 4]),
        classes: { type: 'int64', dims: [8], data: BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i)) },
      },
    };
    expect(named(await placesOf(oneHot))).toEqual(['numbers', 'm', 'y']);
  });

  it('can overflow downwards where a Softmax does not see it', async () => {
    const attention: Given = {
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['q']),
        makeNode('Mul', ['mask', 'most'], ['depth']),
        makeNode('Add', ['q', 'depth'], ['scores']),
        makeNode('Softmax', ['scores'], ['p'], { axis: -1 }),
        makeNode('Exp', ['p'], ['y']),
      ],
      inputs: [
        { name: 'x', dims: ['N', 8] },
        { name: 'mask', dims: ['N', 8] },
      ],
      outputs: [{ name: 'y', dims: ['N', 8] }],
      constants: { w: random([8, 8]), most: floats([], [-1e9]) },
    };
    const { tensors } = await placesOf(attention);
    expect(Object.fromEntries(tensors.map(({ name, beyond }) => [name, beyond]))).toEqual({
      depth: 'above',
      scores: 'above',
      p: 'never',
      y: 'both',
    });
  });
});
