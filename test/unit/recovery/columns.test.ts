import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../src/onnx/graph.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { columnsOf, spreadPlaces } from '../../../src/recovery/columns.ts';
import { linearFormOf } from '../../../src/recovery/linear-form.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { layerIn, productsOf, ranLayer } from './products.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
});

const small = fc.integer({ min: 1, max: 3 });
const each = <T>(arbitrary: fc.Arbitrary<T>, rank: number) =>
  fc.array(arbitrary, { minLength: rank, maxLength: rank });

/** A convolution of 1 to 3 dimensions, in groups, with all that moves its kernel. */
const anyConvolution = fc.integer({ min: 1, max: 3 }).chain((rank) =>
  fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    group: small,
    perGroup: fc.record({ inputs: small, outputs: small }),
    kernel: each(small, rank),
    strides: each(small, rank),
    dilations: each(fc.integer({ min: 1, max: 2 }), rank),
    /** Beyond what the kernel reaches. */
    room: each(fc.integer({ min: 0, max: 4 }), rank),
    pads: each(fc.integer({ min: 0, max: 2 }), 2 * rank),
    auto: fc.constantFrom('NOTSET', 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'),
    seed: fc.integer({ min: 1, max: 1000 }),
  }),
);
type Convolution = typeof anyConvolution extends fc.Arbitrary<infer C> ? C : never;
/** ONNX Runtime takes no dilation beside SAME for a Conv. */
const convolutions = anyConvolution.map((c) =>
  c.auto.startsWith('SAME') ? { ...c, dilations: c.dilations.map(() => 1) } : c,
);

const spaceOf = ({ kernel, dilations, room }: Convolution) =>
  kernel.map((size, i) => (size - 1) * dilations[i] + 1 + room[i]);
const movesOf = ({ kernel, strides, dilations, auto, pads, group }: Convolution) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  group,
  ...(auto === 'NOTSET' ? { pads } : { auto_pad: auto }),
});

async function expectProducts(
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>>,
  dims: { readonly x: readonly number[]; readonly w: readonly number[] },
  seed = 1,
) {
  const x = random(dims.x, seed);
  const node = makeNode(op, [...inputs], ['y'], attributes);
  const ran = await ranLayer({ nodes: [node], constants: { w: random(dims.w, seed + 1) } }, x, runtime);
  const products = productsOf(ran.layer, ran.weight, x);
  expect(products.length, `values of y ${JSON.stringify(ran.y.dims)}`).toBe(ran.y.data.length);
  products.forEach((product, i) => {
    const made = ran.y.data[i] as number;
    expect(Math.abs(product - made), `value ${i}: ${product} for ${made}`).toBeLessThan(1e-4);
  });
}

describe('rows of weights times columns of what is read are what ONNX Runtime makes of', () => {
  it('a Conv', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async (c) => {
        const { group, perGroup, kernel } = c;
        const dims = {
          x: [c.batch, group * perGroup.inputs, ...spaceOf(c)],
          w: [group * perGroup.outputs, perGroup.inputs, ...kernel],
        };
        await expectProducts('Conv', ['x', 'w'], movesOf(c), dims, c.seed);
      }),
      { numRuns: 100 },
    );
  });

  const shapes = fc.constantFrom('as it comes', 'output_padding', 'output_shape');
  it('a ConvTranspose', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, shapes, async (c, shape) => {
        const { group, perGroup, kernel, strides, dilations, room } = c;
        const space = room.map((r) => r + 2);
        const pads = c.pads.map((pad, i) => Math.min(pad, Math.floor((kernel[i % kernel.length] - 1) / 2)));
        const full = space.map((n, i) => (n - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1);
        const attributes = {
          ...movesOf({ ...c, pads }),
          ...(shape === 'output_padding' && { output_padding: strides.map((s) => s - 1) }),
          ...(shape === 'output_shape' && { output_shape: full.map((n, i) => Math.max(n - (i % 3), 1)) }),
        };
        const dims = {
          x: [c.batch, group * perGroup.inputs, ...space],
          w: [group * perGroup.inputs, perGroup.outputs, ...kernel],
        };
        await expectProducts('ConvTranspose', ['x', 'w'], attributes, dims, c.seed);
      }),
      { numRuns: 120 },
    );
  });

  it('a depthwise Conv and a depthwise ConvTranspose', async () => {
    const attributes = { group: 6, kernel_shape: [3, 3], strides: [2, 1], pads: [1, 0, 1, 2] };
    const x = [2, 6, 7, 5];
    await expectProducts('Conv', ['x', 'w'], attributes, { x, w: [6, 1, 3, 3] });
    await expectProducts('Conv', ['x', 'w'], attributes, { x, w: [12, 1, 3, 3] });
    await expectProducts('ConvTranspose', ['x', 'w'], attributes, { x, w: [6, 1, 3, 3] });
  });

  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])('a Gemm of transA %i and transB %i, its weight on either side', async (transA, transB) => {
    const [many, depth, channels] = [5, 3, 4];
    const turned = (dims: readonly number[], isTurned: number) => (isTurned ? dims.toReversed() : dims);
    const right = { x: turned([many, depth], transA), w: turned([depth, channels], transB) };
    await expectProducts('Gemm', ['x', 'w'], { transA, transB }, right);
    const left = { x: turned([depth, many], transB), w: turned([channels, depth], transA) };
    await expectProducts('Gemm', ['w', 'x'], { transA, transB }, left);
  });

  it.each([[[5, 3]], [[2, 5, 3]], [[2, 1, 4, 3]], [[3]]])('a MatMul of %j and a weight', async (x) => {
    await expectProducts('MatMul', ['x', 'w'], {}, { x, w: [3, 4] });
    await expectProducts('MatMul', ['x', 'w'], {}, { x, w: [3] });
  });

  it.each([[[3, 5]], [[2, 3, 5]], [[2, 4, 3, 1]], [[3]]])('a MatMul of a weight and %j', async (x) => {
    await expectProducts('MatMul', ['w', 'x'], {}, { x, w: [4, 3] });
    await expectProducts('MatMul', ['w', 'x'], {}, { x, w: [3] });
  });
});

describe('the linear form of a layer', () => {
  const layerOf = (op: string, dims: readonly number[], attributes = {}) =>
    layerIn(
      makeModel({
        nodes: [makeNode(op, ['x', 'w'], ['y'], attributes)],
        inputs: [{ name: 'x', dims: ['N'] }],
        outputs: [{ name: 'y', dims: ['N'] }],
        constants: { w: random(dims, 1) },
      }),
    );

  it.each([
    ['Conv', [6, 2, 3], { group: 2 }, [0, 1, 2, 3, 4, 5]],
    // Groups of a ConvTranspose share the channels of its weight.
    ['ConvTranspose', [4, 3, 2], { group: 2 }, [0, 1, 2, 0, 1, 2]],
    ['Gemm', [3, 4], { transB: 1 }, [0, 1, 2]],
    ['MatMul', [4, 3], {}, [0, 1, 2]],
    ['MatMul', [4], {}, [0]],
  ])('of a %s with a weight of %j and %j holds each weight once', (op, dims, attributes, channels) => {
    const form = linearFormOf(layerOf(op, dims, attributes), dims)!;
    const count = dims.reduce((all, d) => all * d, 1);
    expect([...form.places].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect([...form.channels]).toEqual(channels);
    expect(form.groups * form.rows * form.depth).toBe(count);
  });

  it('is not there for a stack of matrices, and for a product of two activations', () => {
    expect(linearFormOf(layerOf('MatMul', [2, 4, 3]), [2, 4, 3])).toBeUndefined();
    const layer = { ...layerOf('MatMul', [4, 3]), weight: undefined };
    expect(linearFormOf(layer, [4, 3])).toBeUndefined();
  });

  it.each([
    ['Conv', [2, 3, 1], { group: 1 }, [4, 3, 5]],
    ['MatMul', [3, 2], {}, [4, 5, 3]],
    ['Gemm', [3, 2], {}, [4, 3]],
  ])('of a %s has places of the samples of a batch alone', (op, dims, attributes, x) => {
    const layer = layerOf(op, dims, attributes);
    const form = linearFormOf(layer, dims)!;
    const data = Array.from({ length: x.reduce((all, d) => all * d, 1) }, (_, i) => i);
    const whole = columnsOf(layer, form, floats(x, data), dims, 1);
    const part = columnsOf(layer, form, floats(x, data), dims, 0.75);
    expect(part.positions).toBe(0.75 * whole.positions);
    const places = Array.from({ length: part.positions }, (_, i) => i);
    const most = Math.max(...part.at(places));
    expect(most).toBe(0.75 * data.length - 1);
  });
});

describe('places', () => {
  it('are all where they are few', () => {
    expect(spreadPlaces(3, 3)).toEqual([0, 1, 2]);
    expect(spreadPlaces(0, 4)).toEqual([]);
  });

  it('are one of each of as many equal parts, the same for the same numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 300 }), (positions, most) => {
        const places = spreadPlaces(positions, most);
        expect(places).toEqual(spreadPlaces(positions, most));
        expect(places.length).toBe(Math.min(positions, most));
        if (positions <= most) return;
        for (const [i, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(Math.floor((i * positions) / most));
          expect(place).toBeLessThan(Math.floor(((i + 1) * positions) / most));
        }
      }),
    );
  });

  it('are not those of a few columns of an image', () => {
    const columns = new Set(spreadPlaces(64 * 64, 64).map((place) => place % 64));
    expect(columns.size).toBeGreaterThan(32);
  });
});
