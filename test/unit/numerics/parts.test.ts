import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dequantizeWeights,
  partRanges,
  quantizeWeights,
  weightCodes,
} from '../../../src/numerics/channels.ts';
import { asymmetricGrid } from '../../../src/numerics/grid.ts';
import { cut, joined, partsOf } from '../../../src/numerics/parts.ts';

const grid = asymmetricGrid(4, false);
const onto = { grid, rounding: 'half-to-even' } as const;

describe('blocks of the channels of a tensor', () => {
  const data = Float32Array.from({ length: 10 }, (_, i) => i); // [5, 2]

  it('are counted channel after channel; the last one may be shorter', () => {
    const channels = { dims: [5, 2], axis: 1, blocks: { axis: 0, size: 2 } };
    expect(partsOf(channels)).toMatchObject({ count: 6, perChannel: 3 });
    expect(cut(data, channels).map((part) => [...part])).toEqual([[0, 2], [4, 6], [8], [1, 3], [5, 7], [9]]);
    expect(partRanges(data, channels)[1]).toEqual({ alpha: 4, beta: 6 });
  });

  it('lie along rows where these are the channels', () => {
    const channels = { dims: [2, 5], axis: 0, blocks: { axis: 1, size: 3 } };
    expect(cut(data, channels).map((part) => [...part])).toEqual([
      [0, 1, 2],
      [3, 4],
      [5, 6, 7],
      [8, 9],
    ]);
  });

  it('are put together again, and quantized each as by itself', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(1, 2, 4),
    );
    fc.assert(
      fc.property(shape, fc.boolean(), fc.constantFrom('max', 'mse'), ([k, n, size], isRow, method) => {
        const dims = isRow ? [n, k] : [k, n];
        const channels = { dims, axis: isRow ? 0 : 1, blocks: { axis: isRow ? 1 : 0, size } };
        const values = Float32Array.from({ length: k * n }, (_, i) => Math.sin(7 * i) * (1 + i));
        const parts = cut(values, channels);
        expect(joined(parts, channels)).toEqual(values);
        const whole = quantizeWeights(values, channels, onto, method);
        const alone = parts.map((part) =>
          quantizeWeights(part, { dims: [part.length], axis: null }, onto, method),
        );
        expect(whole.params).toEqual(alone.flatMap(({ params }) => params));
        expect(cut(whole.data, channels)).toEqual(alone.map(({ data }) => data));
        const codes = weightCodes(whole.data, channels, whole.params, onto);
        expect(dequantizeWeights(codes, channels, whole.params)).toEqual(whole.data);
      }),
    );
  });
});
