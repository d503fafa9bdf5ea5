import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { absorbed } from '../../../src/recovery/absorb-bias.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import {
  bytesOf,
  constantOf,
  distance,
  expectEqual,
  expectSameFunction,
  type Feeds,
  valuesOf,
} from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** Of four channels: the values of the first one are negative now and then, those of the others never. */
const bias = floats([4], [0.1, 9, 12, 15]);
const relu = makeNode('Relu', ['a'], ['b']);

interface Parts {
  readonly nodes: readonly NodeProto[];
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly fed: readonly number[];
  readonly outputRank?: number;
}

/** Conv(2 → 4) with a bias → Relu → `second`, from "b" to "y". */
const behindConv = (second: NodeProto, constants: Record<string, Tensor>): Parts => ({
  nodes: [makeNode('Conv', ['x', 'w1', 'b1'], ['a'], { pads: [1, 1, 1, 1] }), relu, second],
  constants: { w1: random([4, 2, 3, 3], 1), b1: bias, ...constants },
  fed: [2, 2, 6, 6],
});

/** MatMul(5 → 4) and an Add → Relu → `rest`, from "b" to "y". */
const behindProduct = (rest: readonly NodeProto[], constants: Record<string, Tensor>): Parts => ({
  nodes: [makeNode('MatMul', ['x', 'w1'], ['m']), makeNode('Add', ['m', 'b1'], ['a']), relu, ...rest],
  constants: { w1: random([5, 4], 1), b1: bias, ...constants },
  fed: [2, 3, 5],
});

/** Gemm(5 → 4) → Relu → `second`, from "b" to "y". */
const behindGemm = (second: NodeProto, constants: Record<string, Tensor>): Parts => ({
  nodes: [makeNode('Gemm', ['x', 'w1', 'b1'], ['a']), relu, second],
  constants: { w1: random([5, 4], 1), b1: bias, ...constants },
  fed: [8, 5],
});

function modelOf({ nodes, constants, fed, outputRank = fed.length }: Parts): Promise<LoadedModel> {
  return load({
    nodes,
    inputs: [{ name: 'x', dims: ['N', ...fed.slice(1)] }],
    outputs: [{ name: 'y', dims: Array.from({ length: outputRank }, (_, i) => `d${i}`) }],
    constants,
  });
}

const feedsOf = ({ fed }: Parts): Feeds => ({ x: random(fed, 50) });

/** The least value of each of the four channels of "b". */
function leastOf(b: Float32Array, { nodes, fed }: Parts): Float32Array {
  const inner = nodes[0].opType === 'Conv' ? fed.slice(2).reduce((product, d) => product * d, 1) : 1;
  const least = new Float32Array(4).fill(Infinity);
  b.forEach((value, i) => {
    const channel = Math.floor(i / inner) % 4;
    least[channel] = Math.min(least[channel], value);
  });
  return least;
}

async function floorsOf(parts: Parts, model: LoadedModel): Promise<Map<string, Float32Array>> {
  const { b } = await valuesOf(model, feedsOf(parts), load.runtime);
  return new Map([['b', leastOf(b, parts)]]);
}

const second = { w2: random([3, 4, 3, 3], 3), b2: random([3], 4) };
const shifts: Record<string, Parts> = {
  Conv: behindConv(makeNode('Conv', ['b', 'w2', 'b2'], ['y']), second),
  'Conv without a bias': behindConv(makeNode('Conv', ['b', 'w2'], ['y']), second),
  'Conv of one place': behindConv(makeNode('Conv', ['b', 'w2'], ['y'], { auto_pad: 'SAME_UPPER' }), {
    w2: random([3, 4, 1, 1], 3),
  }),
  'Conv with a stride and gaps': behindConv(
    makeNode('Conv', ['b', 'w2'], ['y'], { strides: [2, 1], dilations: [1, 2], auto_pad: 'VALID' }),
    second,
  ),
  'Conv of groups': behindConv(makeNode('Conv', ['b', 'w2', 'b2'], ['y'], { group: 2 }), {
    w2: random([6, 2, 3, 3], 3),
    b2: random([6], 4),
  }),
  'depthwise Conv': behindConv(makeNode('Conv', ['b', 'w2'], ['y'], { group: 4 }), {
    w2: random([4, 1, 3, 3], 3),
  }),
  'ConvTranspose of one place and groups': behindConv(
    makeNode('ConvTranspose', ['b', 'w2'], ['y'], { group: 2 }),
    { w2: random([4, 3, 1, 1], 3) },
  ),
  'a Clip without an upper bound': {
    ...behindConv(makeNode('Conv', ['b', 'w2', 'b2'], ['y']), { ...second, low: floats([], [0]) }),
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Clip', ['a', 'low'], ['b']),
      makeNode('Conv', ['b', 'w2', 'b2'], ['y']),
    ],
  },
  Gemm: behindGemm(makeNode('Gemm', ['b', 'w2', 'b2'], ['y'], { transB: 1 }), {
    w2: random([3, 4], 3),
    b2: random([1, 3], 4),
  }),
  'Gemm without a bias': behindGemm(makeNode('Gemm', ['b', 'w2'], ['y'], { beta: { f: 1 } }), {
    w2: random([4, 3], 3),
  }),
  'MatMul with an Add': behindProduct(
    [makeNode('MatMul', ['b', 'w2'], ['n']), makeNode('Add', ['b2', 'n'], ['y'])],
    { w2: random([4, 3], 3), b2: random([3], 4) },
  ),
  'MatMul with an Add, of other values at each place': behindProduct(
    [makeNode('MatMul', ['b', 'w2'], ['n']), makeNode('Add', ['n', 'b2'], ['y'])],
    { w2: random([4, 3], 3), b2: random([3, 3], 4) },
  ),
};

describe('bias absorption', () => {
  it.each(Object.keys(shifts))('moves what every value holds behind the Relu: %s', async (name) => {
    const parts = shifts[name];
    const model = await modelOf(parts);
    const bytes = bytesOf(model);
    const floors = await floorsOf(parts, model);
    const given = floors.get('b')!;
    expect(given[0]).toBe(0);
    expect(Math.min(...given.slice(1))).toBeGreaterThan(0.5);
    const result = absorbed(model, floors)!;
    const { before, after } = await expectSameFunction(model, result, feedsOf(parts), load.runtime);
    expect(bytesOf(model).equals(bytes)).toBe(true);
    for (const value of leastOf(after.b, parts)) expect(Math.abs(value)).toBeLessThan(1e-5);
    expectEqual(
      constantOf(result.model, 'b1'),
      (bias.data as Float32Array).map((b, i) => b - given[i]),
      1e-5,
    );
    for (const tensor of result.changed)
      if (tensor in before) expect(distance(before[tensor], after[tensor]), tensor).toBeGreaterThan(0.1);
    expect(result.changed.has('b2')).toBe(name.startsWith('MatMul'));
    expect(result.changed.has('b1')).toBe(name.startsWith('MatMul'));
    expect(result.tied).toEqual([]);
    const readers = (each: LoadedModel) => each.view.graph.node.map((node) => node.opType);
    expect(readers(result.model)).toEqual(readers(model));
  });

  it('gives a layer without a bias one of its own name', async () => {
    const parts = shifts['Conv without a bias'];
    const model = await modelOf(parts);
    const { model: shifted } = absorbed(model, await floorsOf(parts, model))!;
    expect(shifted.view.producers.get('y')!.input).toEqual(['b', 'w2', 'y/Conv/bias']);
  });

  it('gives a layer whose bias others read one of its own', async () => {
    const parts = behindConv(makeNode('Conv', ['b', 'w2', 'b1'], ['y']), { w2: random([4, 4, 3, 3], 3) });
    const model = await modelOf(parts);
    const result = absorbed(model, await floorsOf(parts, model))!;
    await expectSameFunction(model, result, feedsOf(parts), load.runtime);
    const biases = ['a', 'y'].map((made) => result.model.view.producers.get(made)!.input[2]);
    expect(biases).toEqual(['b1/a/Conv', 'b1/y/Conv']);
  });

  it('counts a value below c as c', async () => {
    const parts = shifts.Conv;
    const model = await modelOf(parts);
    const result = absorbed(model, new Map([['b', Float32Array.of(0, 100, 0, 0)]]))!;
    const { y } = await valuesOf(result.model, feedsOf(parts), load.runtime);
    const held = await modelOf({
      ...parts,
      nodes: [parts.nodes[0], makeNode('Max', ['a', 'c'], ['b']), parts.nodes[2]],
      constants: { ...parts.constants, c: floats([4, 1, 1], [0, 100, 0, 0]) },
    });
    expect(distance((await valuesOf(held, feedsOf(parts), load.runtime)).y, y)).toBeLessThan(1e-5);
  });

  it('goes on from layer to layer', async () => {
    const parts: Parts = {
      nodes: [
        makeNode('Conv', ['x', 'w1', 'b1'], ['a']),
        relu,
        makeNode('Conv', ['b', 'w2', 'b2'], ['c']),
        makeNode('Relu', ['c'], ['d']),
        makeNode('Conv', ['d', 'w3'], ['y']),
      ],
      constants: {
        w1: random([4, 2, 1, 1], 1),
        b1: bias,
        w2: random([4, 4, 1, 1], 3),
        b2: floats([4], [60, 70, 80, 90]),
        w3: random([2, 4, 3, 3], 5),
      },
      fed: [2, 2, 6, 6],
    };
    const model = await modelOf(parts);
    const values = await valuesOf(model, feedsOf(parts), load.runtime);
    const floors = new Map(['b', 'd'].map((tensor) => [tensor, leastOf(values[tensor], parts)]));
    const result = absorbed(model, floors)!;
    const { after } = await expectSameFunction(model, result, feedsOf(parts), load.runtime);
    expect(result.changed).toEqual(new Set(['a', 'b', 'c', 'd']));
    for (const tensor of ['b', 'd'])
      for (const value of leastOf(after[tensor], parts)) expect(Math.abs(value)).toBeLessThan(5e-5);
  });
});

const low = floats([], [0]);
const padded = (attributes: Parameters<typeof makeNode>[3]) =>
  behindConv(makeNode('Conv', ['b', 'w2', 'b2'], ['y'], attributes), second);
const transposed = (attributes: Parameters<typeof makeNode>[3], kernel = 1) =>
  behindConv(makeNode('ConvTranspose', ['b', 'w2'], ['y'], attributes), {
    w2: random([4, 3, kernel, kernel], 3),
  });
const through = (between: readonly NodeProto[], constants: Record<string, Tensor> = {}): Parts => {
  const { nodes, ...rest } = behindConv(makeNode('Conv', ['p', 'w2', 'b2'], ['y']), {
    ...second,
    ...constants,
  });
  return { nodes: [nodes[0], ...between, nodes[2]], ...rest };
};

const refused: Record<string, Parts> = {
  'zeros around the border': padded({ pads: [1, 1, 1, 1] }),
  'zeros on one side': padded({ pads: [0, 0, 0, 1] }),
  'zeros around the border of one place': behindConv(
    makeNode('Conv', ['b', 'w2'], ['y'], { pads: [1, 1, 1, 1] }),
    { w2: random([3, 4, 1, 1], 3) },
  ),
  'zeros that keep the size': padded({ auto_pad: 'SAME_LOWER' }),
  'a ConvTranspose whose kernels overlap': transposed({}, 3),
  'a ConvTranspose that leaves gaps': transposed({ strides: [2, 2] }),
  'a ConvTranspose of a larger output': transposed({ strides: [1, 2], output_padding: [0, 1] }),
  'a ConvTranspose whose output has a size of its own': transposed({ output_shape: [6, 6] }),
  'a ConvTranspose that cuts its border': transposed({ pads: [1, 1, 1, 1] }),
  'a Gemm with a factor': behindGemm(
    makeNode('Gemm', ['b', 'w2', 'b2'], ['y'], { alpha: { f: 2 }, transB: 1 }),
    {
      w2: random([3, 4], 3),
      b2: random([3], 4),
    },
  ),
  'a Gemm with a factor of its bias': behindGemm(
    makeNode('Gemm', ['b', 'w2', 'b2'], ['y'], { beta: { f: 2 }, transB: 1 }),
    {
      w2: random([3, 4], 3),
      b2: random([3], 4),
    },
  ),
  'a MatMul without an Add': behindProduct([makeNode('MatMul', ['b', 'w2'], ['y'])], {
    w2: random([4, 3], 3),
  }),
  'a bias that is not of each channel': behindGemm(
    makeNode('Gemm', ['b', 'w2', 'b2'], ['y'], { transB: 1 }),
    {
      w2: random([3, 4], 3),
      b2: random([8, 1], 4),
    },
  ),
  'a function that passes on what is negative': through([makeNode('LeakyRelu', ['a'], ['p'])]),
  'an upper bound': through([makeNode('Clip', ['a', 'low', 'high'], ['p'])], {
    low,
    high: floats([], [6]),
  }),
  'a pool behind the Relu': through([
    makeNode('Relu', ['a'], ['r']),
    makeNode('AveragePool', ['r'], ['p'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  ]),
};

describe('nothing is absorbed', () => {
  it.each(Object.keys(refused))('where there is %s', async (name) => {
    const floors = Float32Array.of(0, 1, 2, 3);
    const model = await modelOf(refused[name]);
    const tensors = [...model.view.producers.keys()];
    expect(absorbed(model, new Map(tensors.map((tensor) => [tensor, floors])))).toBeUndefined();
  });

  it.each([
    [0, 0, 0, 0],
    [-1, -2, Number.NaN, Infinity],
  ])('of floors of %d, %d, %d and %d', async (...floors) => {
    const model = await modelOf(shifts.Conv);
    expect(absorbed(model, new Map([['b', Float32Array.from(floors)]]))).toBeUndefined();
  });

  it('of a file that is quantized already', async () => {
    const model = await modelOf(shifts.Conv);
    const floors = new Map([['b', Float32Array.of(1, 1, 1, 1)]]);
    const file = { model: model.model } as unknown as LoadedModel['file'];
    expect(absorbed(model, floors)).toBeDefined();
    expect(absorbed({ ...model, file }, floors)).toBeUndefined();
  });

  it('of tensors without floors', async () => {
    const model = await modelOf(shifts.Conv);
    expect(absorbed(model, new Map([['a', Float32Array.of(1, 1, 1, 1)]]))).toBeUndefined();
  });

  it.each(['a', 'b', 'b1', 'n', 'b2'])('where %s is pinned', async (pinned) => {
    const model = await modelOf(shifts['MatMul with an Add']);
    const floors = new Map([['b', Float32Array.of(1, 1, 1, 1)]]);
    expect(absorbed(model, floors, new Set([pinned]))).toBeUndefined();
    expect(absorbed(model, floors, new Set(['x', 'y']))).toBeDefined();
  });
});
