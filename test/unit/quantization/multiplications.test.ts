import { beforeAll, describe, expect, it } from 'vitest';
import { inDomain, makeNode } from '../../../src/onnx/graph.ts';
import { floatMultiplications } from '../../../src/quantization/float-multiplications.ts';
import { multiplicationsOf } from '../../../src/quantization/multiplications.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, type PortSpec, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

type Attributes = Parameters<typeof makeNode>[3];
interface Case {
  readonly op: string;
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  /** In the order of the operator, where it is not that of inputs and weights; '' is left out. */
  readonly order?: readonly string[];
  readonly attributes?: Attributes;
  readonly opset?: number;
  readonly domain?: string;
}

async function countOf({ op, inputs, weights = {}, order, attributes, opset = 13, domain = '' }: Case) {
  const names = order ?? [...Object.keys(inputs), ...Object.keys(weights)];
  const node = inDomain(domain, makeNode(op, [...names], ['y'], attributes));
  const ports = Object.entries(inputs).map(([name, dims]): PortSpec => ({ name, dims }));
  const model = await load({
    nodes: [node],
    inputs: ports,
    // ONNX Runtime infers the shape.
    outputs: [{ name: 'y', dims: [] }].map(({ name }) => ({
      name,
      dims: ['a', 'b', 'c', 'd'].slice(0, rankOf(op)),
    })),
    constants: Object.fromEntries(Object.entries(weights).map(([name, dims]) => [name, random(dims)])),
    opset,
  });
  return multiplicationsOf(model, model.view.graph.node.at(-1)!);
}

function rankOf(op: string): number {
  return { Conv: 4, ConvTranspose: 4, Gemm: 2, LSTM: 4, GRU: 4 }[op] ?? 3;
}

describe('the multiplications of a sample', () => {
  it.each<[string, Case, number]>([
    [
      'a convolution: outputs × channels × kernel',
      { op: 'Conv', inputs: { x: ['N', 3, 8, 8] }, weights: { w: [4, 3, 3, 3] } },
      4 * 6 * 6 * 27,
    ],
    [
      'a depthwise one: each channel by itself',
      { op: 'Conv', inputs: { x: ['N', 8, 8, 8] }, weights: { w: [8, 1, 3, 3] }, attributes: { group: 8 } },
      8 * 6 * 6 * 9,
    ],
    [
      'a transposed one: inputs × channels × kernel',
      { op: 'ConvTranspose', inputs: { x: ['N', 8, 4, 4] }, weights: { w: [8, 2, 3, 3] } },
      8 * 16 * 2 * 9,
    ],
    ['Gemm', { op: 'Gemm', inputs: { x: ['N', 5] }, weights: { w: [5, 7] } }, 35],
    [
      'Gemm, transposed',
      { op: 'Gemm', inputs: { x: ['N', 5] }, weights: { w: [7, 5] }, attributes: { transB: 1 } },
      35,
    ],
    ['MatMul over a sequence', { op: 'MatMul', inputs: { x: ['N', 6, 5] }, weights: { w: [5, 7] } }, 6 * 35],
    ['MatMul of two activations', { op: 'MatMul', inputs: { x: ['N', 6, 5], z: ['N', 5, 6] } }, 6 * 5 * 6],
    [
      'Einsum',
      {
        op: 'Einsum',
        inputs: { x: ['N', 6, 5], z: ['N', 7, 5] },
        attributes: { equation: 'bid, bjd -> bij' },
      },
      6 * 7 * 5,
    ],
    [
      'an LSTM: all weights at each step',
      {
        op: 'LSTM',
        inputs: { x: [10, 'N', 4] },
        weights: { w: [1, 12, 4], r: [1, 12, 3] },
        attributes: { hidden_size: 3 },
      },
      10 * (48 + 36),
    ],
    [
      'a GRU of both directions',
      {
        op: 'GRU',
        inputs: { x: [10, 'N', 4] },
        weights: { w: [2, 9, 4], r: [2, 9, 3] },
        attributes: { hidden_size: 3, direction: 'bidirectional' },
      },
      10 * (72 + 54),
    ],
    [
      'attention: queries × keys, and weights × values',
      {
        op: 'Attention',
        inputs: { q: ['N', 6, 8], k: ['N', 9, 8], v: ['N', 9, 4] },
        attributes: { q_num_heads: 2, kv_num_heads: 2 },
        opset: 23,
      },
      6 * 9 * (8 + 4),
    ],
    [
      "ONNX Runtime's own attention, with projections",
      {
        op: 'Attention',
        inputs: { x: ['N', 6, 8] },
        weights: { w: [8, 24], b: [24] },
        attributes: { num_heads: 2 },
        domain: 'com.microsoft',
      },
      6 * 8 * 24 + 6 * 6 * 16,
    ],
    ['what does not multiply so', { op: 'Relu', inputs: { x: ['N', 6, 5] } }, 0],
  ])('%s', async (_, given, expected) => {
    expect(await countOf(given)).toBe(expected);
  });

  it('are those of a run where the batch is fixed', async () => {
    expect(await countOf({ op: 'Gemm', inputs: { x: [4, 5] }, weights: { w: [5, 7] } })).toBe(4 * 35);
  });

  it('are not known where a dimension is not that is no batch', async () => {
    expect(
      await countOf({ op: 'MatMul', inputs: { x: ['N', 'T', 5] }, weights: { w: [5, 7] } }),
    ).toBeUndefined();
    expect(
      await countOf({ op: 'MatMul', inputs: { x: [1, 'T', 5] }, weights: { w: [5, 7] } }),
    ).toBeUndefined();
  });
});

describe('what multiplies in floating point', () => {
  it('is every operator that multiplies and is no layer of the plan, listed there or not', async () => {
    const model = await load({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Einsum', ['h', 'h'], ['y'], { equation: 'bid,bjd->bij' }),
      ],
      inputs: [{ name: 'x', dims: ['N', 6, 5] }],
      outputs: [{ name: 'y', dims: ['N', 6, 6] }],
      constants: { w: floats([5, 5], new Array(25).fill(1)) },
    });
    const [matMul] = planFor(model, targets.tensorrt).layers;
    expect(floatMultiplications(model, { layers: [matMul!] })).toEqual([
      { layer: 'y/Einsum', op: 'Einsum', share: (6 * 6 * 5) / (6 * 5 * 5 + 6 * 6 * 5) },
    ]);
    expect(floatMultiplications(model, { layers: [] })).toHaveLength(2);
  });

  it('has no share where it is not known', async () => {
    const model = await load({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 'T', 5] }],
      outputs: [{ name: 'y', dims: ['N', 'T', 5] }],
      constants: { w: floats([5, 5], new Array(25).fill(1)) },
    });
    expect(floatMultiplications(model, { layers: [] })).toEqual([
      { layer: 'y/MatMul', op: 'MatMul', share: undefined },
    ]);
  });
});
