import { describe, expect, it } from 'vitest';
import {
  asymptoticSequence,
  boundedSequence,
  fewestAsymptotic,
} from '../../../../src/verdict/statistics/confidence-sequence.ts';

const many = (count: number, value: number): number[] => new Array(count).fill(value);

describe('a sequence of bounded values', () => {
  it('refuses a mean once bets against it have multiplied the stake by 40 at 0.95', () => {
    // The gain of the bet of all against a mean m of shares of 1/2 that are 1/2: (1/2 / (1 - m))^n, which is one bet in eleven.
    const [low, high] = boundedSequence(many(200, 0), [-1, 1], 0.95);
    expect(low).toBeCloseTo(-high, 8);
    const gain = [1, 15 / 16, 7 / 8, 3 / 4, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128]
      .map((bet) => (1 + bet * (0.5 / ((1 - high) / 2) - 1)) ** 200 / 11)
      .reduce((sum, each) => sum + each);
    expect(gain).toBeCloseTo(40, 3);
  });

  it('does not depend on the order of the values, nor on where their bounds are', () => {
    const values = [...many(20, 1), ...many(70, 0), ...many(10, -1)];
    const interval = boundedSequence(values, [-1, 1], 0.95);
    expect(boundedSequence(values.toReversed(), [-1, 1], 0.95)).toEqual(interval);
    const shifted = boundedSequence(
      values.map((value) => 5 + 2 * value),
      [3, 7],
      0.95,
    );
    expect(shifted[0]).toBeCloseTo(5 + 2 * interval[0], 7);
    expect(shifted[1]).toBeCloseTo(5 + 2 * interval[1], 7);
  });

  it('has the mean of the values inside, and ends that are mirrored with them', () => {
    const values = [...many(90, 0.1), ...many(10, 0.9)];
    const [low, high] = boundedSequence(values, [0, 1], 0.95);
    expect(low).toBeLessThan(0.18);
    expect(high).toBeGreaterThan(0.18);
    const mirrored = boundedSequence(
      values.map((value) => 1 - value),
      [0, 1],
      0.95,
    );
    expect(mirrored[0]).toBeCloseTo(1 - high, 8);
    expect(mirrored[1]).toBeCloseTo(1 - low, 8);
  });

  it('goes to the bounds where all values are there, and is narrower with more of them and less confidence', () => {
    expect(boundedSequence(many(50, 1), [-1, 1], 0.95)[1]).toBe(1);
    const width = (count: number, confidence: number) => {
      const [low, high] = boundedSequence([...many(count, 1), ...many(9 * count, 0)], [-1, 1], confidence);
      return high - low;
    };
    expect(width(100, 0.95)).toBeLessThan(width(10, 0.95) / 2);
    expect(width(10, 0.95)).toBeLessThan(width(10, 0.99));
  });
});

describe('a sequence of values without bounds', () => {
  it('is that of the paper, and the share that may be unseen of the farthest value', () => {
    const values = Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const [low, high] = asymptoticSequence(values, 0, 0.95);
    const rho2 = (-2 * Math.log(0.05) + Math.log(-2 * Math.log(0.05) + 1)) / 256;
    const half = Math.sqrt(
      ((2 * (256 * rho2 + 1)) / (256 ** 2 * rho2)) * Math.log(Math.sqrt(256 * rho2 + 1) / 0.05),
    );
    const unseen = 1 - 0.025 ** (1 / 256);
    expect(high).toBeCloseTo(half * Math.sqrt(256 / 255) + unseen, 10);
    expect(low).toBeCloseTo(-high, 10);
    expect(asymptoticSequence(values, 3, 0.95)[1]).toBeCloseTo(high + 2 * unseen, 10);
  });

  it('means nothing with fewer than 64 values, nor where few of them make the variance', () => {
    const alternating = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    expect(fewestAsymptotic(alternating)).toBe(64);
    expect(fewestAsymptotic(many(100, 0.3))).toBe(101);
    // 4 of 400 count for about 4: three times as many are needed.
    const rare = fewestAsymptotic([...many(396, 0), ...many(4, 1)]);
    expect(rare).toBeGreaterThan(1100);
    expect(rare).toBeLessThan(1300);
  });
});
