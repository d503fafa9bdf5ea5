import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batch.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { openProducts, type Products } from '../../../src/recovery/gram.ts';
import { type InputMoments, momentsOf } from '../../../src/recovery/layer-sight.ts';
import { linearFormOf } from '../../../src/recovery/linear-form.ts';
import { timesMatrix } from '../../../src/recovery/row-products.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { layerIn } from './products.ts';

let products: Products;
beforeAll(async () => {
  products = await openProducts(await startRuntime('cpu'));
});
afterAll(() => products.close());

const CHANNELS = 6;
const DEPTH = 3;

/** A Conv of 1×1 in two groups: what it multiplies at a place are the channels there. */
function layerOf() {
  const dims = [4, DEPTH, 1, 1];
  const model = makeModel({
    nodes: [makeNode('Conv', ['x', 'w'], ['y'], { group: 2 })],
    inputs: [{ name: 'x', dims: ['N', CHANNELS, 'H', 'W'] }],
    outputs: [{ name: 'y', dims: ['N', 4, 'H', 'W'] }],
    constants: { w: random(dims, 1) },
  });
  const layer = layerIn(model);
  return { layer, form: linearFormOf(layer, dims)!, weightDims: dims };
}

const shifted = (dims: readonly number[], seed: number) =>
  floats(
    dims,
    (random(dims, seed).data as Float32Array).map((v) => v + 0.5),
  );

function momentsFrom(
  batches: readonly Batch[],
  fp32: readonly Tensor[],
  quantized: readonly Tensor[],
  most: number,
) {
  const { layer, form, weightDims } = layerOf();
  return momentsOf(layer, form, { reads: { batches, fp32, quantized }, weightDims, most }, products);
}

/** Moments of one group over the first samples of each batch, term by term. */
function plainMoments(
  batches: readonly Batch[],
  fp32: readonly Tensor[],
  quantized: readonly Tensor[],
  group: number,
) {
  const columns: { x: number[]; q: number[] }[] = [];
  for (const [b, { indices }] of batches.entries()) {
    const area = fp32[b].dims[2] * fp32[b].dims[3];
    for (let n = 0; n < indices.length; n++)
      for (let place = 0; place < area; place++) {
        const at = ({ data }: Tensor) =>
          Array.from({ length: DEPTH }, (_, d) => {
            return data[(n * CHANNELS + group * DEPTH + d) * area + place] as number;
          });
        columns.push({ x: at(fp32[b]), q: at(quantized[b]) });
      }
  }
  const mean = (of: (column: (typeof columns)[number]) => number) =>
    columns.reduce((sum, column) => sum + of(column), 0) / columns.length;
  const indices = Array.from({ length: DEPTH }, (_, i) => i);
  return {
    h: indices.flatMap((i) => indices.map((j) => mean(({ q }) => q[i] * q[j]))),
    k: indices.flatMap((i) => indices.map((j) => mean(({ x, q }) => x[i] * q[j]))),
    mean: indices.map((i) => mean(({ x }) => x[i])),
    quantizedMean: indices.map((i) => mean(({ q }) => q[i])),
  };
}

function expectMoments(
  moments: readonly InputMoments[],
  ...given: Parameters<typeof plainMoments> extends [...infer G, number] ? G : never
) {
  expect(moments.length).toBe(2);
  moments.forEach((found, group) => {
    const plain = plainMoments(...given, group);
    for (const name of ['h', 'k', 'mean', 'quantizedMean'] as const)
      plain[name].forEach((value, i) => {
        expect(found[name][i], `${name}[${i}] of group ${group}`).toBeCloseTo(value, 5);
      });
  });
}

describe('moments of what a layer reads', () => {
  const batches = [batchOf({ x: random([3, 1]) }), batchOf({ x: random([2, 1]) })];
  const fp32 = [shifted([3, CHANNELS, 2, 3], 2), shifted([2, CHANNELS, 4, 2], 3)];
  const quantized = [shifted([3, CHANNELS, 2, 3], 4), shifted([2, CHANNELS, 4, 2], 5)];

  it('are the means of products over all places of all batches, group by group', async () => {
    expectMoments(await momentsFrom(batches, fp32, quantized, 1000), batches, fp32, quantized);
  });

  it('do not count the repeats that fill a batch', async () => {
    const filled = batches.map(({ indices, ...batch }) => ({ ...batch, indices: indices.slice(0, -1) }));
    const moments = await momentsFrom(filled, fp32, quantized, 1000);
    expectMoments(moments, filled, fp32, quantized);
    const others = [fp32, quantized].map((all) =>
      all.map(({ dims, data, type }) => {
        const kept = data.length - data.length / dims[0];
        return { type, dims, data: Float32Array.from(data as Float32Array, (v, i) => (i < kept ? v : 99)) };
      }),
    );
    expect(await momentsFrom(filled, others[0], others[1], 1000)).toEqual(moments);
  });

  it('are taken at the same places every time, both sides at the same, and near to those of all', async () => {
    const one = [batchOf({ x: random([2, 1]) })];
    const x = [shifted([2, CHANNELS, 40, 40], 6)];
    const [first, second] = [await momentsFrom(one, x, x, 800), await momentsFrom(one, x, x, 800)];
    expect(first).toEqual(second);
    const whole = await momentsFrom(one, x, x, 3200);
    for (const [group, { h, k, mean, quantizedMean }] of first.entries()) {
      expect(k).toEqual(h);
      expect(mean).toEqual(quantizedMean);
      expect(mean).not.toEqual(whole[group].mean);
      for (let i = 0; i < h.length; i++) expect(Math.abs(h[i] - whole[group].h[i])).toBeLessThan(0.15);
    }
  });
});

describe('products by ONNX Runtime', () => {
  it('are AᵀB of each group', async () => {
    const [groups, count, depth] = [3, 5, 4];
    const [a, b] = [noise(groups * count * depth, 1), noise(groups * count * depth, 2)];
    const found = await products.gram(a, b, { groups, count, depth });
    expect(found.length).toBe(groups * depth * depth);
    found.forEach((value, at) => {
      const [group, i, j] = [Math.floor(at / depth ** 2), Math.floor(at / depth) % depth, at % depth];
      let sum = 0;
      for (let t = 0; t < count; t++) {
        const row = (group * count + t) * depth;
        sum += a[row + i] * b[row + j];
      }
      expect(value, `group ${group}, ${i}, ${j}`).toBeCloseTo(sum, 5);
    });
  });

  it('are A·B', async () => {
    const [rows, depth] = [3, 7];
    const [a, b] = [noise(rows * depth, 1), noise(depth * depth, 2)];
    const plain = timesMatrix(Float64Array.from(a), Float64Array.from(b), rows, depth);
    (await products.times(a, b, rows)).forEach((value, i) => {
      expect(value).toBeCloseTo(plain[i], 5);
    });
  });
});
