import { describe, expect, it } from 'vitest';
import { ZERO_BIN } from '../../../src/numerics/bins.ts';
import { cumulativeOf, sumsBelow } from '../../../src/numerics/cumulative.ts';
import { createHistogram } from '../../../src/numerics/histogram.ts';
import { massOf, meanSquare } from '../../../src/numerics/mass.ts';
import { histogramOf } from './samples.ts';

/** Bins are 1 wide where the largest magnitude is 2048 or more and below 4096. */
const of = (...values: number[]) => massOf(histogramOf(Float32Array.from(values)));
/** Bins that hold spread values, by their lower edge. */
const spreadOf = ({ spread }: ReturnType<typeof of>) =>
  [...spread.entries()].filter(([, n]) => n !== 0).map(([bin, n]) => [bin - ZERO_BIN, n]);

describe('the mass of a histogram', () => {
  it('has its extremes where they are, zeros at zero and all else spread over bins', () => {
    const mass = of(-2048.5, -7.25, 0, 0, 0.5, 100.25, 100.75, 3000.5);
    expect(mass).toMatchObject({
      width: 1,
      total: 8,
      first: ZERO_BIN - 2049,
      last: ZERO_BIN + 3000,
      least: { x: -2048.5, count: 1 },
      greatest: { x: 3000.5, count: 1 },
    });
    expect(spreadOf(mass)).toEqual([
      [-8, 1],
      [0, 1],
      [100, 2],
    ]);
  });

  it('measures in bins, whatever their width', () => {
    const mass = of(-3, 1.5, 6);
    expect(mass).toMatchObject({ width: 2 ** -9, least: { x: -1536 }, greatest: { x: 3072 } });
  });

  it('takes all by which an outermost bin exceeds its neighbour for its extreme: saturation', () => {
    const mass = of(-2500, -2500, -2500, -2500, -2499, 2999, 2999, 3000, 3000, 3000, 3000, 3000);
    expect([mass.least.count, mass.greatest.count]).toEqual([3, 3]);
    expect(spreadOf(mass)).toEqual([
      [-2500, 1],
      [-2499, 1],
      [2999, 2],
      [3000, 2],
    ]);
    expect(of(-2500, -2499, -2499, -2499, 2999, 2999, 3000)).toMatchObject({
      least: { count: 1 },
      greatest: { count: 1 },
    });
  });

  it('has no extreme at zero, where the zeros are known', () => {
    expect(of(0, 0, 0.5, 3000)).toMatchObject({ least: { x: 0, count: 0 }, greatest: { count: 1 } });
    expect(of(-3000, -0.5, 0, 0)).toMatchObject({ least: { count: 1 }, greatest: { x: 0, count: 0 } });
  });

  it('shares a single bin between its two ends', () => {
    const three = of(3000.25, 3000.5, 3000.75);
    expect(three).toMatchObject({ least: { x: 3000.25, count: 1 }, greatest: { x: 3000.75, count: 2 } });
    expect(spreadOf(three)).toEqual([]);
    expect(of(3000.25, 3000.25)).toMatchObject({ least: { count: 0 }, greatest: { x: 3000.25, count: 2 } });
  });

  it('of nothing is nothing, and of zeros as well', () => {
    const none = massOf(createHistogram());
    expect(none).toMatchObject({ total: 0, least: { x: 0, count: 0 }, greatest: { x: 0, count: 0 } });
    expect(meanSquare(none)).toBe(0);
    expect(spreadOf(of(0, 0))).toEqual([]);
    expect(meanSquare(of(0, 0))).toBe(0);
  });
});

describe('the mean square', () => {
  it('is exact for extremes, and that of evenly spread values in a bin', () => {
    // ∫ u² over [10, 11) = (11³ − 10³) / 3.
    expect(meanSquare(of(-2048, 0, 10.25, 3000))).toBeCloseTo((2048 ** 2 + 331 / 3 + 3000 ** 2) / 4, 6);
    expect(meanSquare(of(-3000, -9.75, 0, 2048, 2048))).toBeCloseTo(
      (3000 ** 2 + 271 / 3 + 2 * 2048 ** 2) / 5,
      6,
    );
  });

  it('counts what is left in the outermost bins', () => {
    // Of three values in either outermost bin one is the extreme, two are spread.
    const ends = of(-2048, -2048, -2048, -2047, -2047, 3071, 3071, 3072, 3072, 3072);
    const spread = 2 * (2048 ** 3 - 2046 ** 3 + 3073 ** 3 - 3071 ** 3);
    expect(meanSquare(ends)).toBeCloseTo((2048 ** 2 + 3072 ** 2 + spread / 3) / 10, 6);
  });

  it('is in the unit of the data', () => {
    expect(meanSquare(of(-3, 0, 6))).toBeCloseTo(45 / 3, 10);
  });
});

describe('the sums below', () => {
  const cumulative = cumulativeOf(of(-2048.5, -7.25, 0, 0, 100.25, 100.75, 3000.5));
  const below = (x: number) => {
    const out = new Float64Array(5);
    sumsBelow(cumulative, x, out, 1);
    expect([out[0], out[4]]).toEqual([0, 0]);
    return [...out.subarray(1, 4)];
  };
  const integral = (from: number, to: number, density: number) => [
    density * (to - from),
    (density * (to ** 2 - from ** 2)) / 2,
    (density * (to ** 3 - from ** 3)) / 3,
  ];
  const point = (x: number) => [1, x, x * x];
  const add = (...parts: number[][]) => [0, 1, 2].map((k) => parts.reduce((sum, p) => sum + p[k], 0));
  const close = (found: number[], expected: number[]) => {
    for (const [k, value] of found.entries()) expect(value).toBeCloseTo(expected[k], 6);
  };

  it('are nothing at the least value, and it alone just above', () => {
    expect(below(-2048.5)).toEqual([0, 0, 0]);
    expect(below(-9000)).toEqual([0, 0, 0]);
    close(below(-2048), point(-2048.5));
    close(below(-8), point(-2048.5));
  });

  it('grow evenly over a bin', () => {
    close(below(-7.25), add(point(-2048.5), integral(-8, -7.25, 1)));
    close(below(100.5), add(point(-2048.5), integral(-8, -7, 1), integral(100, 100.5, 2)));
  });

  it('leave zeros out, and hold all else in the end', () => {
    close(below(50), add(point(-2048.5), integral(-8, -7, 1)));
    const allButLast = add(point(-2048.5), integral(-8, -7, 1), integral(100, 101, 2));
    close(below(3000.5), allButLast);
    for (const x of [3000.75, 4096, 9000, Infinity]) close(below(x), add(allButLast, point(3000.5)));
  });

  it('hold what lies in the very last bin as well', () => {
    const ends = cumulativeOf(of(-4095.5, -4095.5, -4095.5, -4094.5, -4094.5, 4094, 4094, 4095, 4095, 4095));
    for (const x of [4096, 9000, Infinity]) {
      const out = new Float64Array(3);
      sumsBelow(ends, x, out, 0);
      const squares = 4095.5 ** 2 + 4095 ** 2 + (2 * (4096 ** 3 - 4094 ** 3) * 2) / 3;
      close([...out], [10, -0.5, squares]);
    }
  });
});
