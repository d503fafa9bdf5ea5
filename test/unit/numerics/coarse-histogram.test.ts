import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarseHistogram } from '../../../src/numerics/coarse-histogram.ts';
import { createHistogram, observe } from '../../../src/numerics/histogram.ts';

const values = fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

function seen(all: readonly number[]) {
  const data = Float32Array.from(all);
  const histogram = createHistogram();
  observe(histogram, data, Math.min(...data), Math.max(...data));
  return histogram;
}

describe('a coarse histogram', () => {
  it('has every value in its bin, in no more bins than asked for', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 256 }), (all, most) => {
        const { from, step, counts } = coarseHistogram(seen(all), most);
        expect(counts.length).toBeLessThanOrEqual(most);
        const expected = new Array<number>(counts.length).fill(0);
        for (const value of Float32Array.from(all)) expected[Math.floor(value / step) - from / step]++;
        expect(counts).toEqual(expected);
      }),
    );
  });

  it('begins and ends with bins that hold something', () => {
    fc.assert(
      fc.property(values, (all) => {
        const { counts } = coarseHistogram(seen(all), 128);
        expect([counts[0], counts.at(-1)].every((count) => count! > 0)).toBe(true);
      }),
    );
  });

  it('is as fine as it was where that is few bins', () => {
    expect(coarseHistogram(seen([1, 1, 1.5]), 8192)).toMatchObject({ from: 1, step: 2 ** -11 });
  });

  it('of nothing has no bins', () => {
    expect(coarseHistogram(createHistogram(), 128).counts).toEqual([]);
  });
});
