import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { type EqualizablePair, equalizablePairs } from '../../../src/recovery/equalizable.ts';
import { equalized } from '../../../src/recovery/equalize.ts';
import { type LinearLayer, linearLayer } from '../../../src/recovery/linear-layer.ts';
import { channelMagnitudes, kernelMagnitudes, unitFactors } from '../../../src/recovery/weight-matrix.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import {
  constantOf,
  distance,
  expectEqual,
  expectSameFunction,
  magnitudesBy,
  uneven,
  valuesOf,
} from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const none = new Set<string>();

describe('equalization along a chain', () => {
  it('gives the layers around a depthwise one the cube root of all three', async () => {
    const model = await load({
      nodes: [
        makeNode('Conv', ['x', 'w1', 'b1'], ['a'], {}),
        makeNode('Clip', ['a', 'low', 'high'], ['b']),
        makeNode('Conv', ['b', 'w2', 'b2'], ['c'], { group: 4, pads: [1, 1, 1, 1] }),
        makeNode('Clip', ['c', 'low', 'high'], ['d']),
        makeNode('Conv', ['d', 'w3'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 2, 6, 6] }],
      outputs: [{ name: 'y', dims: ['N', 3, 6, 6] }],
      constants: {
        w1: uneven([4, 2, 1, 1], 0, 1),
        b1: random([4], 2),
        w2: uneven([4, 1, 3, 3], 0, 3),
        b2: random([4], 4),
        w3: uneven([3, 4, 1, 1], 1, 5),
        low: floats([], [0]),
        high: floats([], [0.4]),
      },
    });
    const ranges = (given: typeof model) => [
      magnitudesBy(constantOf(given, 'w1'), 4, (i) => Math.floor(i / 2)),
      magnitudesBy(constantOf(given, 'w2'), 4, (i) => Math.floor(i / 9)),
      magnitudesBy(constantOf(given, 'w3'), 4, (i) => i % 4),
    ];
    const [r1, r2, r3] = ranges(model);
    const { model: equal, changed, tied } = equalized(model, none)!;
    await expectSameFunction(model, { model: equal, changed }, { x: random([2, 2, 6, 6], 50) }, load.runtime);
    const wanted = r1.map((r, i) => Math.cbrt(r * r2[i] * r3[i]));
    for (const range of ranges(equal)) expectEqual(range, wanted, 1e-5);
    expect(tied).toEqual([
      ['b', 'b/relu', 'b/bound'],
      ['d', 'd/relu', 'd/bound'],
    ]);
    // The bounds of both were one constant, which nothing reads any more.
    expect([...equal.view.initializers.keys()]).not.toContain('high');
  });
});

const LAYERS = ['Conv', 'pointwise', 'grouped', 'depthwise', 'ConvTranspose', 'Conv with a stride'] as const;
const BETWEEN = [
  'Relu',
  'Clip',
  'LeakyRelu',
  'PRelu',
  'MaxPool',
  'AveragePool',
  'Sigmoid',
  'residual',
] as const;
const HEADS = ['none', 'flat', 'pooled', 'per place'] as const;

interface Chain {
  readonly layers: readonly {
    readonly kind: (typeof LAYERS)[number];
    readonly channels: number;
    readonly hasBias: boolean;
    readonly between: readonly (typeof BETWEEN)[number][];
  }[];
  readonly head: (typeof HEADS)[number];
  readonly opset: number;
  readonly seed: number;
}

const chains: fc.Arbitrary<Chain> = fc.record({
  layers: fc.array(
    fc.record({
      kind: fc.constantFrom(...LAYERS),
      channels: fc.constantFrom(2, 4, 6),
      hasBias: fc.boolean(),
      between: fc.array(fc.constantFrom(...BETWEEN), { maxLength: 2 }),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  head: fc.constantFrom(...HEADS),
  opset: fc.constantFrom(11, 13, 17),
  seed: fc.nat(1000),
});

/** A weight whose channels along an axis differ, which makes values of about 1 from values of about 1. */
function weight(dims: readonly number[], axis: number, seed: number): Tensor {
  const { data } = uneven(dims, axis, seed);
  const values = Array.from(data as Float32Array);
  const power = values.reduce((sum, w) => sum + w * w, 0) / dims[1 - axis];
  return floats(
    dims,
    values.map((w) => w / Math.sqrt(power)),
  );
}

/** The model of a chain, x [N, 4, 8, 8] → y. */
function modelOf({ layers, head, opset, seed }: Chain) {
  const nodes: NodeProto[] = [];
  const constants: Record<string, Tensor> = {
    low: floats([], [0]),
    high: floats([], [0.7]),
  };
  let [last, channels] = ['x', 4];
  const add = (op: string, inputs: string[], attributes = {}) => {
    const name = `t${nodes.length}`;
    nodes.push(makeNode(op, [last, ...inputs], [name], attributes));
    last = name;
  };
  const constant = (tensor: Tensor) => {
    const name = `c${Object.keys(constants).length}`;
    constants[name] = tensor;
    return name;
  };
  const passes = (kind: (typeof BETWEEN)[number]) => {
    switch (kind) {
      case 'Clip':
        return add('Clip', ['low', 'high']);
      case 'LeakyRelu':
        return add('LeakyRelu', [], { alpha: { f: 0.2 } });
      case 'PRelu':
        return add('PRelu', [constant(random([channels, 1, 1], seed))]);
      case 'residual':
        nodes.push(makeNode('Tanh', [last], [`${last}/t`]));
        return add('Add', [`${last}/t`]);
      case 'MaxPool':
      case 'AveragePool':
        return add(kind, [], { kernel_shape: [2, 2], pads: [1, 1, 0, 0] });
      default:
        return add(kind, []);
    }
  };
  layers.forEach(({ kind, channels: wanted, hasBias, between }, i) => {
    const group = kind === 'grouped' ? 2 : kind === 'depthwise' ? channels : 1;
    const made = kind === 'depthwise' ? channels : wanted;
    const isTransposed = kind === 'ConvTranspose';
    const k = kind === 'pointwise' ? 1 : 3;
    const dims = isTransposed ? [channels, made, k, k] : [made, channels / group, k, k];
    const w = constant(weight(dims, (i + seed) % 2, seed + 10 * i));
    const b = hasBias ? [constant(random([made], seed + i))] : [];
    const strides = kind === 'Conv with a stride' ? [2, 2] : [1, 1];
    add(isTransposed ? 'ConvTranspose' : 'Conv', [w, ...b], {
      pads: new Array(4).fill(k >> 1),
      group,
      strides,
    });
    channels = made;
    between.forEach(passes);
  });
  let rank = 4;
  if (head === 'flat' || head === 'pooled') {
    rank = 2;
    add(head === 'flat' ? 'GlobalMaxPool' : 'GlobalAveragePool', []);
    add('Flatten', []);
    add('Gemm', [constant(weight([5, channels], 1, seed + 7)), constant(random([5], seed))], { transB: 1 });
    add('Relu', []);
    add('MatMul', [constant(weight([5, 3], 0, seed + 8))]);
  } else if (head === 'per place') {
    add('Transpose', [], { perm: [0, 2, 3, 1] });
    add('MatMul', [constant(weight([channels, 5], 1, seed + 7))]);
    add('Add', [constant(random([5], seed))]);
    add('Relu', []);
    add('MatMul', [constant(weight([5, 3], 0, seed + 8))]);
  }
  nodes.at(-1)!.output[0] = 'y';
  return {
    nodes,
    inputs: [{ name: 'x', dims: ['N', 4, 8, 8] }],
    outputs: [{ name: 'y', dims: Array.from({ length: rank }, (_, i) => `d${i}`) }],
    constants,
    opset,
  };
}

/** How far the ranges of the channels of a pair are from each other, by weights as they are in `model`. */
function unevenness({ first, second, block }: EqualizablePair, model: LoadedModel): number {
  const range = ({ node }: LinearLayer, side: 'inputs' | 'outputs') => {
    const after = model.view.graph.node.find(({ name }) => name === node.name)!;
    const { matrix } = linearLayer(after, model)!;
    return channelMagnitudes(matrix, kernelMagnitudes(matrix), unitFactors(matrix), side);
  };
  const read = range(second, 'inputs');
  const apart = Array.from(range(first, 'outputs'), (r, channel) =>
    Math.abs(r / Math.max(...read.slice(channel * block, (channel + 1) * block)) - 1),
  );
  return Math.max(...apart);
}

describe('equalization of any chain', () => {
  it('computes the same, and gives each channel of each pair one range', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(chains, async (chain) => {
        const model = await load(modelOf(chain));
        const result = equalized(model, none);
        const pairs = equalizablePairs(model, none);
        expect(result === undefined).toBe(pairs.length === 0);
        if (result === undefined) return;
        const feeds = { x: random([6, 4, 8, 8], 50) };
        const before = await valuesOf(model, feeds, load.runtime);
        const after = await valuesOf(result.model, feeds, load.runtime);
        for (const [name, values] of Object.entries(before)) {
          expect(values.every(Number.isFinite)).toBe(true);
          if (!result.changed.has(name))
            expect(distance(values, after[name]), name).toBeLessThanOrEqual(1e-4);
        }
        expect(result.changed.has('y')).toBe(false);
        for (const pair of pairs) {
          expect(unevenness(pair, result.model)).toBeLessThanOrEqual(0.01);
          for (const { node } of [pair.first, pair.second, ...pair.between])
            seen.set(node.opType, (seen.get(node.opType) ?? 0) + 1);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
    for (const op of [
      'Conv',
      'ConvTranspose',
      'Gemm',
      'MatMul',
      'Relu',
      'Clip',
      'PRelu',
      'MaxPool',
      'Flatten',
    ])
      expect(seen.get(op), op).toBeGreaterThan(3);
  });
});
