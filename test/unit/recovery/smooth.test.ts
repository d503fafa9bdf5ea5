import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { smoothable, smoothed } from '../../../src/recovery/smooth.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, type PortSpec, random } from '../../support/models.ts';
import {
  bodyThatReads,
  bytesOf,
  constantOf,
  expectEqual,
  expectSameFunction,
  type Feeds,
  magnitudesBy,
  uneven,
  valuesOf,
} from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const feeds: Feeds = { x: random([2, 5, 4], 50) };
/** LayerNorm's own factors, with a channel that is far larger than the others. */
const normalizing = { gamma: floats([4], [1, 40, 0.5, 2]), beta: floats([4], [0.1, -3, 0, 0.7]) };
const weights = {
  wq: uneven([4, 4], 0, 1),
  wk: uneven([4, 4], 0, 2),
  wv: uneven([4, 3], 0, 3),
};

const layerNorm = (attributes = {}, inputs = ['x', 'gamma', 'beta']) => [
  makeNode('LayerNormalization', inputs, ['n'], attributes),
];
/** The same written out, as exporters did before opset 17. */
const written = [
  makeNode('ReduceMean', ['x'], ['mean'], { axes: [-1] }),
  makeNode('Sub', ['x', 'mean'], ['centred']),
  makeNode('Mul', ['centred', 'centred'], ['squares']),
  makeNode('ReduceMean', ['squares'], ['variance'], { axes: [-1] }),
  makeNode('Add', ['variance', 'epsilon'], ['positive']),
  makeNode('Sqrt', ['positive'], ['deviation']),
  makeNode('Div', ['centred', 'deviation'], ['unit']),
  makeNode('Mul', ['unit', 'gamma'], ['scaled']),
  makeNode('Add', ['beta', 'scaled'], ['n']),
];

/** And as Keras does, whose factors go to the deviation. */
const divided = [
  ...written.slice(0, 6),
  makeNode('Reciprocal', ['deviation'], ['inverse']),
  makeNode('Mul', ['inverse', 'gamma'], ['slopes']),
  makeNode('Mul', ['centred', 'slopes'], ['scaled']),
  makeNode('Add', ['scaled', 'beta'], ['n']),
];

/** Q, K and V of one normalization: softmax(Q·Kᵀ)·V. */
const attention = [
  makeNode('MatMul', ['n', 'wq'], ['q']),
  makeNode('MatMul', ['n', 'wk'], ['k']),
  makeNode('MatMul', ['n', 'wv'], ['v']),
  makeNode('Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }),
  makeNode('MatMul', ['q', 'kt'], ['scores']),
  makeNode('Softmax', ['scores'], ['shares']),
  makeNode('MatMul', ['shares', 'v'], ['y']),
];

function modelOf(
  nodes: readonly NodeProto[],
  constants: Record<string, Tensor> = {},
  { outputs = [] as readonly PortSpec[], opset = 17 } = {},
): Promise<LoadedModel> {
  return load({
    nodes,
    inputs: [{ name: 'x', dims: ['N', 5, 4] }],
    outputs: [{ name: 'y', dims: ['N', 5, 'C'] }, ...outputs],
    constants: { ...normalizing, ...weights, epsilon: floats([], [1e-5]), ...constants },
    opset,
  });
}

const largestOf = (values: Float32Array) => magnitudesBy(values, 4, (i) => i % 4);

async function magnitudesOf(model: LoadedModel) {
  const values = await valuesOf(model, feeds, load.runtime);
  return new Map(smoothable(model).map((name) => [name, Float32Array.from(largestOf(values[name]))]));
}

async function rewritten(model: LoadedModel, alpha?: number) {
  const bytes = bytesOf(model);
  const magnitudes = await magnitudesOf(model);
  const result = smoothed(model, magnitudes, alpha)!;
  expect(result).toBeDefined();
  const { after } = await expectSameFunction(model, result, feeds, load.runtime);
  expect(bytesOf(model).equals(bytes)).toBe(true);
  return { ...result, magnitudes, after };
}

/** s by hand: max|X|^α / max|W|^(1−α), over all weights that read a channel. */
function factors(magnitudes: Float32Array, alpha: number, ...read: readonly Tensor[]): number[] {
  const rows = read.map(({ dims, data }) =>
    magnitudesBy(data as Float32Array, dims[0], (i) => Math.floor(i / dims[1])),
  );
  return Array.from(
    magnitudes,
    (x, j) => x ** alpha / Math.max(...rows.map((each) => each[j])) ** (1 - alpha),
  );
}

describe('smoothing', () => {
  const kinds: Record<string, [NodeProto[], { opset: number }, string[]]> = {
    'a LayerNormalization': [layerNorm(), { opset: 17 }, ['n', 'gamma', 'beta']],
    'a LayerNormalization over the last axis by its number': [
      layerNorm({ axis: 2 }),
      { opset: 17 },
      ['n', 'gamma', 'beta'],
    ],
    'one that is written out': [written, { opset: 13 }, ['scaled', 'n', 'gamma', 'beta']],
    'one that is divided last': [divided, { opset: 13 }, ['slopes', 'scaled', 'n', 'gamma', 'beta']],
  };

  it.each(Object.keys(kinds))('divides %s by one s for Q, K and V', async (name) => {
    const [nodes, options, expected] = kinds[name];
    const model = await modelOf([...nodes, ...attention], {}, options);
    const { model: smooth, changed, tied, magnitudes, after } = await rewritten(model);
    const s = factors(magnitudes.get('n')!, 0.5, ...Object.values(weights));
    expect(Math.max(...s) / Math.min(...s)).toBeGreaterThan(10);
    for (const constant of ['gamma', 'beta'] as const) {
      const given = normalizing[constant].data as Float32Array;
      const divided = Float32Array.from(given, (value, j) => value / s[j]);
      constantOf(smooth, constant).forEach((value, j) => {
        expect(value).toBeCloseTo(divided[j], 5);
      });
    }
    for (const [w, { dims, data }] of Object.entries(weights))
      expectEqual(
        constantOf(smooth, w),
        Array.from(data as Float32Array, (value, i) => value * s[Math.floor(i / dims[1])]),
        1e-5,
      );
    // With α = ½ both sides come to √(max|X|·max|W|).
    const rows = Object.keys(weights).map((w) => {
      const data = constantOf(smooth, w);
      return magnitudesBy(data, 4, (i) => Math.floor(i / (data.length / 4)));
    });
    expectEqual(
      largestOf(after.n),
      [0, 1, 2, 3].map((j) => Math.max(...rows.map((each) => each[j]))),
      1e-5,
    );
    expect(changed).toEqual(new Set(expected));
    expect(tied).toEqual([]);
    expect(smooth.view.graph.node.map((n) => n.opType)).toEqual(model.view.graph.node.map((n) => n.opType));
  });

  it.each([0, 0.25, 1])('takes α = %d', async (alpha) => {
    const model = await modelOf([...layerNorm(), makeNode('MatMul', ['n', 'wv'], ['y'])]);
    const { model: smooth, magnitudes } = await rewritten(model, alpha);
    const s = factors(magnitudes.get('n')!, alpha, weights.wv);
    expectEqual(
      constantOf(smooth, 'gamma'),
      (normalizing.gamma.data as Float32Array).map((value, j) => value / s[j]),
      1e-5,
    );
  });

  it('needs no bias, and goes into a Gemm', async () => {
    const model = await modelOf(
      [
        makeNode('Reshape', ['x', 'rows'], ['r']),
        ...layerNorm({}, ['r', 'gamma']),
        makeNode('Gemm', ['n', 'g'], ['p'], { transB: 1, alpha: { f: 0.5 } }),
        makeNode('Reshape', ['p', 'back'], ['y']),
      ],
      {
        rows: { type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 4n) },
        back: { type: 'int64', dims: [3], data: BigInt64Array.of(-1n, 5n, 3n) },
        g: uneven([3, 4], 1, 3),
      },
    );
    const { changed } = await rewritten(model);
    expect(changed).toEqual(new Set(['n', 'gamma']));
  });

  it('gives each of two normalizations with the same factors its own', async () => {
    const model = await modelOf([
      ...layerNorm(),
      makeNode('MatMul', ['n', 'wq'], ['h']),
      makeNode('LayerNormalization', ['h', 'gamma', 'beta'], ['m']),
      makeNode('MatMul', ['m', 'wv'], ['y']),
    ]);
    const { model: smooth, changed } = await rewritten(model);
    const scales = ['n', 'm'].map((made) => smooth.view.producers.get(made)!.input[1]);
    expect(scales).toEqual(['gamma/n/LayerNormalization', 'gamma/m/LayerNormalization']);
    expect([...changed]).toEqual(expect.arrayContaining(scales));
  });

  it('has factors between 1e-4 and 1e4, and none where a channel is dead on a side', async () => {
    const data = Array.from(weights.wv.data as Float32Array, (w, i) => (i < 3 ? w : i < 6 ? 0 : 1));
    const model = await modelOf([...layerNorm(), makeNode('MatMul', ['n', 'wv'], ['y'])], {
      wv: floats([4, 3], data),
    });
    const { model: smooth } = smoothed(model, new Map([['n', Float32Array.of(0, 5, 1e12, 1e-12)]]))!;
    expectEqual(constantOf(smooth, 'gamma'), [1, 40, 0.5e-4, 2e4]);
  });

  it('is nothing where no magnitude is known, or all s are 1', async () => {
    const model = await modelOf([...layerNorm(), makeNode('MatMul', ['n', 'wv'], ['y'])], {
      wv: floats([4, 3], new Float32Array(12).fill(1)),
    });
    expect(smoothed(model, new Map())).toBeUndefined();
    expect(smoothed(model, new Map([['n', Float32Array.of(1, 1, 1, 1)]]))).toBeUndefined();
    expect(smoothed(model, new Map([['n', Float32Array.of(1, 1, 1, 4)]]))).toBeDefined();
  });
});

describe('what can be smoothed', () => {
  const product = makeNode('MatMul', ['n', 'wv'], ['y']);

  it('is what tells others its shape', async () => {
    const nodes = [...layerNorm(), product, makeNode('Shape', ['n'], ['z'])];
    const model = await modelOf(nodes, {}, { outputs: [{ name: 'z', dims: [3], type: 'int64' }] });
    await rewritten(model);
  });

  /** Four rows to be normalized. */
  const onRows = [
    makeNode('MatMul', ['x', 'wv'], ['y']),
    makeNode('ReduceMean', ['x'], ['m'], { axes: [0], keepdims: 0 }),
    makeNode('MatMul', ['left', 'm'], ['r']),
    ...layerNorm({}, ['r', 'gamma', 'beta']),
  ];
  const other = (node: NodeProto): NodeProto[] => [...layerNorm(), product, node];
  const refused: Record<string, [NodeProto[], (PortSpec | undefined)?, Record<string, Tensor>?]> = {
    'what something else reads': [other(makeNode('Tanh', ['n'], ['z'])), { name: 'z', dims: ['N', 5, 4] }],
    'what a product takes from the right': [
      other(makeNode('MatMul', ['wl', 'n'], ['z'])),
      { name: 'z', dims: ['N', 5, 4] },
      { wl: random([5, 5], 6) },
    ],
    'what is multiplied by what is no constant': [
      other(makeNode('MatMul', ['n', 'dynamic'], ['z'])).toSpliced(
        0,
        0,
        makeNode('Transpose', ['x'], ['dynamic'], { perm: [0, 2, 1] }),
      ),
      { name: 'z', dims: ['N', 5, 5] },
    ],
    'an output of the model': [[...layerNorm(), product], { name: 'n', dims: ['N', 5, 4] }],
    'what a body reads': [
      [...layerNorm(), product, ...bodyThatReads('n', 'z')],
      { name: 'z', dims: ['N', 5, 4] },
    ],
    'what reads a weight that others read': [
      [...layerNorm(), makeNode('MatMul', ['n', 'wq'], ['h']), makeNode('MatMul', ['h', 'wq'], ['y'])],
    ],
    'what a product adds': [
      [...onRows, makeNode('Gemm', ['r', 'wq', 'n'], ['z'])],
      { name: 'z', dims: [4, 4] },
      { left: random([4, 5], 6) },
    ],
    'what a product turns': [
      [...onRows, makeNode('Gemm', ['n', 'wq'], ['z'], { transA: 1 })],
      { name: 'z', dims: [4, 4] },
      { left: random([4, 5], 6) },
    ],
    'a normalization over two axes': [
      [...layerNorm({ axis: 1 }, ['x', 'wide', 'wide']), product],
      undefined,
      { wide: random([5, 4], 6) },
    ],
    'a normalization by what is no constant': [
      [
        makeNode('ReduceMax', ['x'], ['most'], { axes: [0, 1], keepdims: 0 }),
        ...layerNorm({}, ['x', 'most', 'beta']),
        product,
      ],
    ],
    'an Add without a Mul': [[makeNode('Add', ['x', 'beta'], ['n']), product]],
    'a Mul whose result something else reads': [
      [
        makeNode('Mul', ['x', 'gamma'], ['scaled']),
        makeNode('Add', ['scaled', 'beta'], ['n']),
        product,
        makeNode('Tanh', ['scaled'], ['z']),
      ],
      { name: 'z', dims: ['N', 5, 4] },
    ],
    'factors that something else reads': [
      [...divided, product, makeNode('Tanh', ['slopes'], ['z'])],
      { name: 'z', dims: ['N', 5, 4] },
    ],
    'a Mul and an Add of one value': [
      [makeNode('Mul', ['x', 'one'], ['scaled']), makeNode('Add', ['scaled', 'one'], ['n']), product],
      undefined,
      { one: floats([1], [2]) },
    ],
  };

  it.each(Object.keys(refused))('is not %s', async (name) => {
    const [nodes, output, constants] = refused[name];
    const model = await modelOf(nodes, constants, { outputs: output ? [output] : [] });
    expect(smoothable(model)).toEqual([]);
  });

  it('is any Mul and Add by constants of each channel', async () => {
    const model = await modelOf([
      makeNode('Mul', ['gamma', 'x'], ['scaled']),
      makeNode('Add', ['scaled', 'beta'], ['n']),
      product,
    ]);
    const { changed } = await rewritten(model);
    expect(changed).toEqual(new Set(['scaled', 'n', 'gamma', 'beta']));
  });

  it('is nothing of a file that is quantized already', async () => {
    const model = await modelOf([...layerNorm(), product]);
    const file = { model: model.model } as unknown as LoadedModel['file'];
    expect(smoothable(model)).toEqual(['n']);
    expect(smoothable({ ...model, file })).toEqual([]);
  });

  it.each(['scaled', 'n', 'gamma', 'beta', 'wv'])('is not where %s is pinned', async (pinned) => {
    const model = await modelOf([...written, product], {}, { opset: 13 });
    expect(smoothable(model, new Set([pinned]))).toEqual([]);
    expect(smoothable(model, new Set(['x', 'y']))).toEqual(['n']);
  });
});
