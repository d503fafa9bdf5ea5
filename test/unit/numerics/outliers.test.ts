import { describe, expect, it } from 'vitest';
import { ZERO_BIN } from '../../../src/numerics/bins.ts';
import { loneValues, withoutAccidents } from '../../../src/numerics/outliers.ts';
import { contentsOf, histogramOf } from './samples.ts';

const of = (...values: number[]) => histogramOf(Float32Array.from(values));
/** `count` values evenly over [low, high]. */
const evenly = (low: number, high: number, count: number) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

describe('lone values', () => {
  it('are those beyond a gap of three quarters of the range; the others end at a bin', () => {
    // Bins are 2 wide, [2, 4) is the last of the others.
    expect(loneValues(of(...evenly(-2, 3, 99), 5000))).toEqual({
      extreme: 5000,
      share: 0.01,
      others: { alpha: -2, beta: 4 },
    });
    expect(loneValues(of(-5000, ...evenly(-1.5, 3, 98), -4999))).toEqual({
      extreme: -5000,
      share: 0.02,
      others: { alpha: -2, beta: 3 },
    });
  });

  it('are none without such a gap', () => {
    expect(loneValues(of(...evenly(-1, 1, 500)))).toBeUndefined();
    // Bins are 1 wide: three quarters of 4092 are the 3069 between [1022, 1023) and [4092, 4093).
    expect(loneValues(of(0, 1022, 4092))).toEqual({
      extreme: 4092,
      share: 1 / 3,
      others: { alpha: 0, beta: 1023 },
    });
    expect(loneValues(of(0, 1023, 4092))).toBeUndefined();
    expect(loneValues(of(-4, 1022, 4088))).toBeUndefined();
  });

  it('are told by the widest gap, wherever it lies', () => {
    const found = loneValues(of(0, 1, 100, 101, 300, 4000, 4095));
    expect(found).toEqual({ extreme: 4095, share: 2 / 7, others: { alpha: 0, beta: 301 } });
    const low = loneValues(of(-4095, -4000, -300, -101, -100, 1, 2));
    expect(low).toEqual({ extreme: -4095, share: 2 / 7, others: { alpha: -300, beta: 2 } });
  });

  it('are none where the others are zeros, which fit any range', () => {
    expect(loneValues(of(0, 0, 0, 7))).toBeUndefined();
    expect(loneValues(of(0, 0, 0, -7))).toBeUndefined();
    expect(loneValues(of(0, 0.001, 0, 7))).toMatchObject({ extreme: 7, share: 1 / 4 });
  });

  it('are none of fewer than two places', () => {
    expect(loneValues(of())).toBeUndefined();
    expect(loneValues(of(3, 3, 3))).toBeUndefined();
    expect(loneValues(of(0.0001, 7))).toMatchObject({ extreme: 7, share: 1 / 2 });
  });

  it('lie on the side of the larger magnitude, the upper one of equals', () => {
    expect(loneValues(of(-4000, 4000))).toMatchObject({ extreme: 4000, others: { alpha: -4000 } });
    expect(loneValues(of(-4000, 4001))).toMatchObject({ extreme: 4001 });
    expect(loneValues(of(-4001, 4000))).toMatchObject({ extreme: -4001, others: { beta: 4000 } });
  });
});

describe('a histogram without accidents', () => {
  it('lacks lone values of one in a thousand or fewer', () => {
    const h = of(...evenly(-1.5, 3, 999), -5000);
    const kept = withoutAccidents(h);
    expect(kept).toMatchObject({ total: 999, min: -2, max: 3, level: h.level, zeros: h.zeros });
    expect(kept.counts[ZERO_BIN - 1]).toBe(h.counts[ZERO_BIN - 1]);
    expect(kept.counts.reduce((sum, n) => sum + n, 0)).toBe(999);
  });

  it('keeps every value on its side of the gap', () => {
    const upper = withoutAccidents(of(...evenly(-3, 3, 1999), 5000));
    expect(upper).toMatchObject({ total: 1999, min: -3, max: 4 });
    expect([upper.counts[ZERO_BIN - 2], upper.counts[ZERO_BIN + 1] > 0]).toEqual([333, true]);
  });

  it('is so in any unit', () => {
    for (const unit of [2 ** -20, 2 ** 20]) {
      const kept = withoutAccidents(of(...[...evenly(-3, 3, 1999), 5000].map((x) => x * unit)));
      expect(kept).toMatchObject({ total: 1999, min: -3 * unit, max: 4 * unit });
    }
  });

  it('is the same where more are far out, or none', () => {
    const more = of(...evenly(-1.5, 3, 998), -5000, -5000);
    expect(withoutAccidents(more)).toBe(more);
    const none = of(...evenly(-1, 1, 500));
    expect(withoutAccidents(none)).toBe(none);
  });

  it('leaves what it was made from alone', () => {
    const h = of(...evenly(-1.5, 3, 1999), -5000);
    const before = contentsOf(h);
    withoutAccidents(h);
    expect(contentsOf(h)).toEqual(before);
  });
});
