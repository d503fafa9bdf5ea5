import { describe, expect, it } from 'vitest';
import { ZERO_BIN } from '../../../src/numerics/bins.ts';
import {
  binWidth,
  createHistogram,
  type Histogram,
  LOWEST_LEVEL,
  levelFor,
  merge,
  observe,
} from '../../../src/numerics/histogram.ts';

/** Bins that are not empty, counted from zero: −1 is the first below it. */
const filled = (h: Histogram) =>
  [...h.counts.entries()].filter(([, n]) => n !== 0).map(([bin, n]) => [bin - ZERO_BIN, n]);
const seen = (...values: number[]) => {
  const h = createHistogram();
  expect(observe(h, Float32Array.from(values), Math.min(...values), Math.max(...values))).toBe(true);
  return h;
};

describe('a histogram of values by hand', () => {
  it('has nothing before the first value', () => {
    const { counts, ...rest } = createHistogram();
    expect(rest).toEqual({
      level: LOWEST_LEVEL,
      zeros: 0,
      total: 0,
      slices: 0,
      min: Infinity,
      max: -Infinity,
    });
    expect(counts.every((n) => n === 0)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('counts each of %d values in the bin that holds it', (length) => {
    const values = [3000, -1, 0.5, 0, 2999.5, -0.5, 7, 3000.25].slice(0, length);
    const bins = [3000, -1, 0, 0, 2999, -1, 7, 3000].slice(0, length);
    const h = seen(...values);
    expect(binWidth(h)).toBe(1);
    const expected = [...new Set(bins)]
      .sort((a, b) => a - b)
      .map((bin) => [bin, bins.filter((b) => b === bin).length]);
    expect(filled(h)).toEqual(expected);
    expect(h).toMatchObject({
      total: length,
      slices: 1,
      zeros: length > 3 ? 1 : 0,
      min: Math.min(...values),
      max: Math.max(...values),
    });
  });

  it('counts in bins of any width', () => {
    const values = [3000, -1, 0.5, 7, 2999.5, -0.5, 7, 3000.25];
    for (const unit of [2 ** -40, 2 ** 40]) {
      const h = seen(...values.map((x) => x * unit));
      expect(binWidth(h)).toBe(unit);
      expect(filled(h)).toEqual(filled(seen(...values)));
    }
  });

  it('has the level at which the largest magnitude lies in the upper half of the bins', () => {
    expect([2048, 4095.75, 4096, 1, 0].map(levelFor)).toEqual([0, 0, 1, -11, LOWEST_LEVEL]);
    // The logarithm of the number just below 2^100 rounds up to 100.
    expect(levelFor(2 ** 100 * (1 - 2 ** -53))).toBe(99 - 11);
  });

  it('folds pairs of bins when a larger magnitude comes, on either side of zero', () => {
    const h = seen(-2048, -5, -4, -1, 0, 1, 2, 3, 2048);
    observe(h, Float32Array.of(8192), 8192, 8192);
    expect(binWidth(h)).toBe(4);
    expect(filled(h)).toEqual([
      [-512, 1],
      [-2, 1],
      [-1, 2],
      [0, 4],
      [512, 1],
      [2048, 1],
    ]);
    observe(h, Float32Array.of(1), 1, 1);
    expect(binWidth(h)).toBe(4);
    expect(h).toMatchObject({ total: 11, slices: 3, zeros: 1, min: -2048, max: 8192 });
  });

  it('adds zeros of every slice, and never has an extreme of -0', () => {
    const h = seen(0, 0, -0, 0, 0);
    observe(h, Float32Array.of(-0), -0, -0);
    expect(h).toMatchObject({ zeros: 6, total: 6, min: 0, max: 0 });
    expect(seen(-0)).toMatchObject({ min: 0, max: 0 });
  });

  it('is not changed by an empty slice', () => {
    const h = seen(1, 2);
    expect(observe(h, new Float32Array(), Number.NaN, Number.NaN)).toBe(true);
    expect(h).toMatchObject({ total: 2, slices: 1 });
  });

  it.each([
    [[1, Number.NaN], 1, 1],
    [[1, Number.NaN, 1, 1, 1], 1, 1],
    [[1, 2], Number.NaN, 2],
    [[1, 2], 1, Infinity],
  ])('refuses %o within [%d, %d], and is ready for the next slice', (values, min, max) => {
    const h = seen(3000);
    expect(observe(h, Float32Array.from(values), min, max)).toBe(false);
    expect(h).toMatchObject({ total: 1, slices: 1 });
    observe(h, Float32Array.of(5), 5, 5);
    expect(filled(h)).toEqual([
      [5, 1],
      [3000, 1],
    ]);
  });

  it('blames a caller whose extremes are not those of the values, and forgets these', () => {
    expect(() => observe(createHistogram(), Float32Array.of(1, 3000), 1, 2999)).toThrow(
      'a value lies outside the given [1, 2999]',
    );
    expect(() => observe(createHistogram(), Float32Array.of(-3000, 0, 1, 2, 2), -1, 2)).toThrow('outside');
    expect(filled(seen(3001))).toEqual([[3001, 1]]);
  });
});

describe('two histograms', () => {
  it('merge at the wider bins, whichever is merged into the other', () => {
    for (const swap of [false, true]) {
      const pair = [seen(-3, 0, 1, 2048), seen(-8192, 0, 5)];
      const [into, from] = swap ? pair.reverse() : pair;
      merge(into, from);
      expect(binWidth(into)).toBe(4);
      expect(filled(into)).toEqual([
        [-2048, 1],
        [-1, 1],
        [0, 3],
        [1, 1],
        [512, 1],
      ]);
      expect(into).toMatchObject({ total: 7, slices: 2, zeros: 2, min: -8192, max: 2048 });
    }
  });

  it('keep a bin on either side of zero however much wider bins become', () => {
    const small = seen(-(2 ** -100), 2 ** -101);
    merge(small, seen(2 ** 100));
    expect(filled(small)).toEqual([
      [-1, 1],
      [0, 1],
      [2048, 1],
    ]);
  });
});
