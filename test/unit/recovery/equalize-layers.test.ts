import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { equalized } from '../../../src/recovery/equalize.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { constantOf, expectEqual, expectSameFunction, magnitudesBy, uneven } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

interface Case {
  readonly nodes: readonly NodeProto[];
  /** What x is fed with. */
  readonly fed: readonly number[];
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly channels: number;
  /** The channel between the layers to which the value at an index of w1, and of w2, belongs. */
  readonly of: readonly [first: (index: number) => number, second: (index: number) => number];
  /** That of y, where it is not that of x. */
  readonly outputRank?: number;
  /** Where the first dimension of x is not that of samples. */
  readonly isFixed?: true;
}

const square = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const relu = makeNode('Relu', ['a'], ['b']);
const at = (size: number, count: number) => (i: number) => Math.floor(i / size) % count;
const clip = (from: string, to: string) => makeNode('Clip', [from, 'low', 'high'], [to]);
const bounds = { low: floats([], [0]), high: floats([], [0.5]) };
/** A Conv from 2 to 4 channels. */
const conv = makeNode('Conv', ['x', 'w1', 'b1'], ['a'], square);
const convConstants = { w1: uneven([4, 2, 3, 3], 0, 1), b1: random([4], 2) };
const fedImage = [2, 2, 6, 6];

const cases: Record<string, Case> = {
  'Conv of groups': {
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a'], { ...square, group: 2 }),
      relu,
      makeNode('Conv', ['b', 'w2'], ['y'], { ...square, group: 2 }),
    ],
    fed: [2, 4, 6, 6],
    constants: { w1: uneven([6, 2, 3, 3], 0, 1), b1: random([6], 2), w2: uneven([4, 3, 3, 3], 1, 3) },
    channels: 6,
    of: [at(18, 6), (i) => at(54, 2)(i) * 3 + at(9, 3)(i)],
  },
  'depthwise Conv that makes two channels of each': {
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a'], square),
      relu,
      makeNode('Conv', ['b', 'w2'], ['y'], { ...square, group: 3 }),
    ],
    fed: fedImage,
    constants: { w1: uneven([3, 2, 3, 3], 0, 1), b1: random([3], 2), w2: uneven([6, 1, 3, 3], 0, 3) },
    channels: 3,
    of: [at(18, 3), at(18, 3)],
  },
  'ConvTranspose before Conv': {
    nodes: [
      makeNode('ConvTranspose', ['x', 'w1', 'b1'], ['a'], { kernel_shape: [2, 2], strides: [2, 2] }),
      relu,
      makeNode('Conv', ['b', 'w2'], ['y'], square),
    ],
    fed: fedImage,
    constants: { w1: uneven([2, 4, 2, 2], 1, 1), b1: random([4], 2), w2: uneven([3, 4, 3, 3], 1, 3) },
    channels: 4,
    of: [at(4, 4), at(9, 4)],
  },
  'ConvTranspose of groups before Conv': {
    nodes: [
      makeNode('ConvTranspose', ['x', 'w1', 'b1'], ['a'], { kernel_shape: [2, 2], group: 2 }),
      relu,
      makeNode('Conv', ['b', 'w2'], ['y'], square),
    ],
    fed: [2, 4, 6, 6],
    constants: { w1: uneven([4, 3, 2, 2], 1, 1), b1: random([6], 2), w2: uneven([3, 6, 3, 3], 1, 3) },
    channels: 6,
    of: [(i) => at(24, 2)(i) * 3 + at(4, 3)(i), at(9, 6)],
  },
  'ConvTranspose of groups behind Conv': {
    nodes: [
      conv,
      relu,
      makeNode('ConvTranspose', ['b', 'w2'], ['y'], {
        kernel_shape: [2, 2],
        strides: [2, 2],
        group: 2,
        output_padding: [1, 1],
      }),
    ],
    fed: fedImage,
    constants: { ...convConstants, w2: uneven([4, 3, 2, 2], 0, 3) },
    channels: 4,
    of: [at(18, 4), at(12, 4)],
  },
  'Conv in one dimension': {
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a'], { kernel_shape: [3] }),
      relu,
      makeNode('Conv', ['b', 'w2'], ['y'], { kernel_shape: [3], dilations: [2] }),
    ],
    fed: [2, 2, 12],
    constants: { w1: uneven([4, 2, 3], 0, 1), b1: random([4], 2), w2: uneven([3, 4, 3], 1, 3) },
    channels: 4,
    of: [at(6, 4), at(3, 4)],
  },
  'Conv in three dimensions': {
    nodes: [makeNode('Conv', ['x', 'w1', 'b1'], ['a']), clip('a', 'b'), makeNode('Conv', ['b', 'w2'], ['y'])],
    fed: [2, 2, 4, 4, 4],
    constants: {
      ...bounds,
      w1: uneven([4, 2, 3, 3, 1], 0, 1),
      b1: random([4], 2),
      w2: uneven([3, 4, 1, 2, 1], 1, 3),
    },
    channels: 4,
    of: [at(18, 4), at(2, 4)],
  },
  'Gemm with factors, the first one turned': {
    nodes: [
      makeNode('Gemm', ['x', 'w1', 'b1'], ['a'], { transB: 1, alpha: { f: 0.5 }, beta: { f: -3 } }),
      relu,
      makeNode('Gemm', ['b', 'w2', 'b2'], ['y'], { alpha: { f: 2 }, beta: { f: 0.25 } }),
    ],
    fed: [8, 5],
    constants: { w1: uneven([4, 5], 0, 1), b1: random([4], 2), w2: uneven([4, 3], 0, 3), b2: random([3], 4) },
    channels: 4,
    of: [at(5, 4), at(3, 4)],
  },
  'Gemm whose activations are turned, and another bias in each row': {
    nodes: [
      makeNode('Gemm', ['x', 'w1', 'b1'], ['a'], { transA: 1 }),
      clip('a', 'b'),
      makeNode('Gemm', ['b', 'w2'], ['y'], { transB: 1 }),
    ],
    fed: [5, 8],
    isFixed: true,
    constants: { ...bounds, w1: uneven([5, 4], 1, 1), b1: random([8, 4], 2), w2: uneven([3, 4], 1, 3) },
    channels: 4,
    of: [at(1, 4), at(1, 4)],
  },
  'MatMul of sequences, with a bias by an Add': {
    nodes: [
      makeNode('MatMul', ['x', 'w1'], ['m']),
      makeNode('Add', ['b1', 'm'], ['a']),
      clip('a', 'b'),
      makeNode('MatMul', ['b', 'w2'], ['y']),
    ],
    fed: [2, 7, 5],
    constants: { ...bounds, w1: uneven([5, 4], 1, 1), b1: random([7, 4], 2), w2: uneven([4, 3], 0, 3) },
    channels: 4,
    of: [at(1, 4), at(3, 4)],
  },
  'MatMul of sequences without a bias': {
    nodes: [makeNode('MatMul', ['x', 'w1'], ['a']), relu, makeNode('MatMul', ['b', 'w2'], ['y'])],
    fed: [2, 3, 7, 5],
    constants: { w1: uneven([5, 4], 1, 1), w2: uneven([4, 3], 0, 3) },
    channels: 4,
    of: [at(1, 4), at(3, 4)],
  },
  'MatMul of a vector': {
    outputRank: 1,
    nodes: [
      makeNode('GlobalAveragePool', ['x'], ['p']),
      makeNode('Reshape', ['p', 'flat'], ['v']),
      makeNode('MatMul', ['v', 'w1'], ['a']),
      clip('a', 'b'),
      makeNode('MatMul', ['b', 'w2'], ['y']),
    ],
    fed: [1, 5, 2, 2],
    isFixed: true,
    constants: {
      ...bounds,
      flat: { type: 'int64', dims: [1], data: BigInt64Array.of(5n) },
      w1: uneven([5, 4], 1, 1),
      w2: uneven([4, 3], 0, 3),
    },
    channels: 4,
    of: [at(1, 4), at(3, 4)],
  },
  'Conv, Flatten and Gemm': {
    outputRank: 2,
    nodes: [
      conv,
      relu,
      makeNode('Flatten', ['b'], ['f']),
      makeNode('Gemm', ['f', 'w2'], ['y'], { transB: 1 }),
    ],
    fed: fedImage,
    constants: { ...convConstants, w2: uneven([3, 144], 0, 3) },
    channels: 4,
    of: [at(18, 4), at(36, 4)],
  },
  'Conv, a bound, Flatten and MatMul': {
    outputRank: 2,
    nodes: [
      conv,
      clip('a', 'b'),
      makeNode('Flatten', ['b'], ['f']),
      makeNode('LeakyRelu', ['f'], ['g']),
      makeNode('MatMul', ['g', 'w2'], ['y']),
    ],
    fed: fedImage,
    constants: { ...convConstants, ...bounds, w2: uneven([144, 3], 0, 3) },
    channels: 4,
    of: [at(18, 4), at(108, 4)],
  },
  'Conv, a pool of the whole picture, Squeeze and Gemm': {
    outputRank: 2,
    nodes: [
      conv,
      makeNode('GlobalAveragePool', ['a'], ['p']),
      makeNode('Squeeze', ['p', 'axes'], ['q']),
      clip('q', 'r'),
      makeNode('Gemm', ['r', 'w2'], ['y']),
    ],
    fed: fedImage,
    constants: {
      ...convConstants,
      ...bounds,
      high: floats([], [0.02]),
      axes: { type: 'int64', dims: [2], data: BigInt64Array.of(2n, 3n) },
      b1: floats([4], [0.1, 0.2, 0.1, 0.3]),
      w2: uneven([4, 3], 0, 3),
    },
    channels: 4,
    of: [at(18, 4), at(3, 4)],
  },
  'Gemm, Unsqueeze and Conv': {
    outputRank: 4,
    nodes: [
      makeNode('Gemm', ['x', 'w1', 'b1'], ['a']),
      makeNode('Unsqueeze', ['a', 'axes'], ['q']),
      clip('q', 'r'),
      makeNode('Conv', ['r', 'w2'], ['y']),
    ],
    fed: [8, 5],
    constants: {
      ...bounds,
      axes: { type: 'int64', dims: [2], data: BigInt64Array.of(2n, 3n) },
      w1: uneven([5, 4], 1, 1),
      b1: random([4], 2),
      w2: uneven([3, 4, 1, 1], 1, 3),
    },
    channels: 4,
    of: [at(1, 4), at(1, 4)],
  },
  'Conv, its rows halved, Flatten and Gemm': {
    nodes: [
      conv,
      makeNode('Reshape', ['a', 'halves'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('Flatten', ['r'], ['f']),
      makeNode('Gemm', ['f', 'w2'], ['y']),
    ],
    fed: fedImage,
    outputRank: 2,
    constants: {
      ...convConstants,
      halves: { type: 'int64', dims: [3], data: BigInt64Array.of(0n, 8n, 18n) },
      w2: uneven([144, 3], 0, 3),
    },
    channels: 4,
    of: [at(18, 4), at(108, 4)],
  },
  'Conv, its rows halved, Conv': {
    outputRank: 3,
    nodes: [
      conv,
      relu,
      makeNode('Reshape', ['b', 'halves'], ['h']),
      makeNode('PRelu', ['h', 'slope'], ['p']),
      makeNode('Conv', ['p', 'w2'], ['y']),
    ],
    fed: fedImage,
    constants: {
      ...convConstants,
      halves: { type: 'int64', dims: [3], data: BigInt64Array.of(0n, 8n, 18n) },
      slope: random([8, 1], 9),
      w2: uneven([3, 8, 3], 1, 3),
    },
    channels: 4,
    of: [at(18, 4), at(6, 4)],
  },
};

describe('equalization of layers of all kinds', () => {
  it.each(Object.keys(cases))('computes the same, and gives each channel one range: %s', async (name) => {
    const { nodes, fed, constants, channels, of, isFixed, outputRank = fed.length } = cases[name];
    const model = await load({
      nodes,
      inputs: [{ name: 'x', dims: isFixed ? fed : ['N', ...fed.slice(1)] }],
      outputs: [{ name: 'y', dims: Array.from({ length: outputRank }, (_, i) => `d${i}`) }],
      constants,
    });
    const ranges = (given: typeof model) =>
      ['w1', 'w2'].map((w, side) => magnitudesBy(constantOf(given, w), channels, of[side]));
    const [first, second] = ranges(model);
    const rewritten = equalized(model, new Set())!;
    await expectSameFunction(model, rewritten, { x: random(fed, 50) }, load.runtime);
    for (const [clipped, , bound] of rewritten.tied)
      expect(rewritten.model.view.initializers.get(bound)!.dims.length).toBe(
        model.tensors.get(clipped)!.dims!.length,
      );
    const after = ranges(rewritten.model);
    const wanted = first.map((r, i) => Math.sqrt(r * second[i]));
    expectEqual(after[0], wanted);
    expectEqual(after[1], wanted);
  });
});
