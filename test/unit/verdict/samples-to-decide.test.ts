import { describe, expect, it } from 'vitest';
import { top1 } from '../../../src/metrics/top1.ts';
import { compare } from '../../../src/verdict/comparison.ts';
import { samplesToDecide } from '../../../src/verdict/samples-to-decide.ts';
import { binaryScores } from './scores.ts';

const compared = (n: number, lost: number, gained: number) => {
  const { fp32Scores, quantizedScores } = binaryScores(n, lost, gained);
  return compare(top1, fp32Scores, quantizedScores, 0.95);
};

describe('samples to decide', () => {
  // The usual sample size of McNemar's test with a power of 0.8: (z sqrt(f) + g sqrt(f - d²))² / d².
  it.each([
    [2000, 25, 15, 6277],
    [1000, 15, 5, 1568],
    [2000, 55, 45, 15_695],
  ])(
    'against a budget of 0 is the sample size of a McNemar test (%i: %i lost, %i gained)',
    (n, lost, gained, expected) => {
      const needed = samplesToDecide(compared(n, lost, gained), 0, 0.95)!;
      expect(needed / expected).toBeCloseTo(1, 3);
    },
  );

  it('is null if the drop is the budget', () => {
    expect(samplesToDecide(compared(100, 1, 0), 0.01, 0.95)).toBeNull();
  });

  it.each([
    ['a metric of right and wrong', compared(300, 2, 0), 2 / 300 + 1e-12, 1 - 1e-16],
    ['another', { ...compared(300, 2, 0), flips: null, interval: [-1e200, 1e200] as const }, 1e-9, 0.95],
  ])(
    'is null if the drop of %s is too close to the budget for any number',
    (_, comparison, budget, confidence) => {
      expect(samplesToDecide(comparison, budget, confidence)).toBeNull();
    },
  );

  it('without flips is where the interval alone fits the budget: z² (1 - budget) / budget', () => {
    expect(samplesToDecide(compared(100, 0, 0), 0.01, 0.95)).toBe(Math.ceil(3.841459 * 99));
  });

  it('scales the interval of other scores by the square root of the samples', () => {
    const comparison = {
      fp32: 40,
      quantized: 39.6,
      drop: 0.4,
      interval: [0.1, 0.7] as const,
      flips: null,
      samples: 20,
      fewest: 6,
      isUnvaried: false,
    };
    const factor = 1 + 0.841621 / 1.959964;
    expect(samplesToDecide(comparison, 0.5, 0.95)).toBe(Math.ceil(20 * (factor * 3) ** 2));
  });

  it('takes the half of the interval on the side of the budget, and asks for no fewer than an interval needs', () => {
    const comparison = {
      fp32: 1,
      quantized: 1,
      drop: 0,
      interval: [-0.2, 0.1] as const,
      flips: null,
      samples: 20,
      fewest: 6,
      isUnvaried: false,
    };
    const factor = 1 + 0.8416212335729143 / 1.959963984540054;
    expect(samplesToDecide(comparison, 0.05, 0.95)).toBe(Math.ceil(20 * (factor * 2) ** 2));
    expect(samplesToDecide(comparison, -0.1, 0.95)).toBe(Math.ceil(20 * (factor * 2) ** 2));
    expect(samplesToDecide(comparison, 100, 0.95)).toBe(6);
  });

  it('falls with the number of samples itself where hardly any changes', () => {
    const comparison = {
      fp32: 1,
      quantized: 1,
      drop: 0,
      interval: [-0.04, 0.04] as const,
      flips: null,
      samples: 88,
      fewest: 6,
      isUnvaried: true,
    };
    expect(samplesToDecide(comparison, 0.01, 0.95)).toBe(352);
  });

  it('needs no more for the observed variance where every sample was lost', () => {
    // The variance of Tango's test is 3/4 here, what is observed has none.
    expect(samplesToDecide(compared(9, 9, 0), 0.5, 0.95)).toBe(Math.ceil((3.841459 * 0.75) / 0.25));
  });
});
