import { describe, expect, it } from 'vitest';
import { mseMetric } from '../../../src/metrics/squared-error.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { outcomeOf, pairedMetric, unpairedMetric } from '../../../src/verification/outcome.ts';
import { sqnrOf } from '../../../src/verification/signal-to-noise.ts';

const LEVEL = 0.95;

/** Scores of right and wrong, `right` of them right, the first ones. */
const scores = (right: number, of: number) => Array.from({ length: of }, (_, i) => Number(i < right));

describe('a metric predicted and measured on the same samples', () => {
  it('differs by measured less predicted, with the interval around it that Tango gives the flips', () => {
    const pair = pairedMetric(top1, scores(95, 100), scores(97, 100), LEVEL);
    expect(pair).toMatchObject({ predicted: 0.95, measured: 0.97, samples: 100 });
    expect(pair.difference).toBeCloseTo(0.02, 12);
    // tangoInterval({ lost: 0, gained: 2 }, 100, 0.95) with the sign of a gain
    expect(pair.interval[0]).toBeLessThan(0.02);
    expect(pair.interval[1]).toBeGreaterThan(0.02);
    const back = pairedMetric(top1, scores(97, 100), scores(95, 100), LEVEL);
    expect(back.interval.map((end) => -end).toReversed()).toEqual([...pair.interval]);
  });

  it('has the same sign where less is better', () => {
    const predicted = Array.from({ length: 40 }, (_, i) => i / 40);
    const worse = predicted.map((score, i) => score + 0.1 + i / 4000);
    const { difference, interval } = pairedMetric(mseMetric, predicted, worse, LEVEL);
    expect(difference).toBeGreaterThan(0.1);
    expect(interval[0]).toBeGreaterThan(0.09);
    expect(interval[1]).toBeGreaterThan(difference);
  });
});

describe('a metric that came alone', () => {
  it('has the interval that its own samples give it, by Wilson', () => {
    const pair = unpairedMetric(top1, scores(90, 100), 0.9, LEVEL);
    expect(pair).toMatchObject({ predicted: 0.9, measured: 0.9, difference: 0 });
    expect(pair.interval[0]).toBeCloseTo(0.825634 - 0.9, 6);
    expect(pair.interval[1]).toBeCloseTo(0.944771 - 0.9, 6);
  });

  it('has that of the predicted samples where it is no share', () => {
    const predicted = Array.from({ length: 100 }, (_, i) => i % 2);
    const { difference, interval } = unpairedMetric(mseMetric, predicted, 0.6, LEVEL);
    expect(difference).toBeCloseTo(0.1, 12);
    // standard error 0.5 / 10, two-sided z 1.96
    expect(interval[0]).toBeCloseTo(0.1 - 0.098, 1);
    expect(interval[1]).toBeCloseTo(0.1 + 0.098, 1);
  });
});

describe('the outcome', () => {
  const pair = (difference: number, half: number, samples = 400) => ({
    predicted: 0.9,
    measured: 0.9 + difference,
    difference,
    interval: [difference - half, difference + half] as const,
    samples,
  });
  const of = (...given: Parameters<typeof pair>) => outcomeOf(top1, pair(...given), undefined, LEVEL).outcome;

  it('agrees up to 0.3 pp, however sure the difference is', () => {
    expect(of(0, 0.01)).toBe('agrees');
    expect(of(0.0029, 0.0001)).toBe('agrees');
    expect(of(-0.0029, 0.0001)).toBe('agrees');
  });

  it('differs beyond that in either direction where the interval does not hold 0', () => {
    expect(of(0.0031, 0.001)).toBe('differs');
    expect(of(-0.0031, 0.001)).toBe('differs');
  });

  it('cannot tell where the difference is beyond that and may be chance, or samples are too few', () => {
    expect(of(0.01, 0.02)).toBe('cannot-tell');
    expect(of(0, 0.1, 19)).toBe('cannot-tell');
    expect(of(0, 0.1, 20)).toBe('agrees');
  });

  it('has a tolerance of 0.1 dB, and of 1 % of a value', () => {
    const decide = (unit: 'dB' | 'value', predicted: number, difference: number) =>
      outcomeOf({ unit }, { ...pair(difference, 1e-6), predicted }, undefined, LEVEL).outcome;
    expect([decide('dB', 30, 0.09), decide('dB', 30, -0.11)]).toEqual(['agrees', 'differs']);
    expect([decide('value', 2, 0.019), decide('value', -2, 0.021)]).toEqual(['agrees', 'differs']);
  });

  it('differs where fewer than 99 % have the same greatest output, beyond chance', () => {
    const decide = (equal: number, samples: number) =>
      outcomeOf(top1, pair(0, 0.01, samples), { equal, samples }, LEVEL);
    expect(decide(396, 400).outcome).toBe('agrees');
    expect(decide(380, 400).outcome).toBe('differs');
    expect(decide(380, 400).reasons).toEqual([
      '95.00 % of the samples have the same greatest output, less than 99.00 %',
    ]);
    const chance = decide(98, 100);
    expect(chance.outcome).toBe('cannot-tell');
    expect(chance.reasons[0]).toMatch(/^98\.00 % .*, which so few samples may show by chance$/);
  });
});

describe('SQNR', () => {
  it('has no number where nothing differs, and a finite one of noise without a signal', () => {
    expect(sqnrOf({ signal: 4, noise: 0 })).toBe(null);
    expect(sqnrOf({ signal: 0, noise: 1 })).toBe(-400);
  });
});
