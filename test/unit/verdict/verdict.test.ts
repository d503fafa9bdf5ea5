import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Score } from '../../../src/metrics/metric.ts';
import { metricOf } from '../../../src/metrics/metric-module.ts';
import { perplexity } from '../../../src/metrics/perplexity.ts';
import { psnr } from '../../../src/metrics/psnr.ts';
import { mseMetric } from '../../../src/metrics/squared-error.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { parseMaxDrop } from '../../../src/verdict/budget.ts';
import { meanInterval } from '../../../src/verdict/statistics/bootstrap.ts';
import { judge } from '../../../src/verdict/verdict.ts';
import { binaryScores } from './scores.ts';

const within = (maxDrop: string | number) => ({ maxDrop: parseMaxDrop(maxDrop), confidence: 0.95 });

describe('a drop without a budget', () => {
  it('passes, whatever it is, and says so', () => {
    const budget = { maxDrop: undefined, confidence: 0.95 };
    expect(judge({ metric: top1, ...binaryScores(20, 19, 0), budget })).toMatchObject({
      verdict: 'pass',
      budget: null,
      reasons: [expect.stringMatching(/^by quantization: drop 95\.00 pp \[.*\], which has no budget$/)],
    });
  });
});

describe('judging 0/1 scores', () => {
  it('passes if the whole interval is within the budget', () => {
    const judged = judge({ metric: top1, ...binaryScores(2000, 6, 4), budget: within('1pp') });
    expect(judged).toMatchObject({
      verdict: 'pass',
      fp32: 0.998,
      quantized: 0.997,
      drop: 0.001,
      budget: 0.01,
      confidence: 0.95,
      flips: { lost: 6, gained: 4 },
      samples: 2000,
      samplesToDecide: null,
    });
    expect(judged.pValue).toBeCloseTo(0.7539, 4);
    expect(judged.reasons).toEqual([
      'by quantization: drop 0.10 pp [-0.25, 0.48] is within the budget of 1.00 pp',
    ]);
  });

  it('is inconclusive if the interval straddles the budget, and says how many samples would decide', () => {
    const judged = judge({ metric: top1, ...binaryScores(500, 6, 2), budget: within('1pp') });
    expect(judged.verdict).toBe('inconclusive');
    expect(judged.reasons).toEqual([
      'by quantization: drop 0.80 pp [-0.39, 2.24] straddles the budget of 1.00 pp; about 33,000 samples would decide',
    ]);
    expect(judged.samplesToDecide).toBeGreaterThan(32_000);
  });

  it('stays inconclusive far above the budget if the samples are too few, and says on which side it is', () => {
    const judged = judge({ metric: top1, ...binaryScores(6, 2, 0), budget: within('1pp') });
    expect(judged.verdict).toBe('inconclusive');
    expect(judged.reasons).toContain('the observed drop is above the budget');
    expect(judged.samplesToDecide).toBeLessThan(30);
  });

  it('fails a destroyed model on few samples and calls it that', () => {
    const judged = judge({ metric: top1, ...binaryScores(20, 19, 0), budget: within('1pp') });
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons[1]).toBe('quantization destroys the model: 5.00 % is left of 100.00 %');
  });

  it('does not call a model destroyed that may keep more than half', () => {
    const judged = judge({ metric: top1, ...binaryScores(20, 12, 0), budget: within('1pp') });
    expect(judged).toMatchObject({
      verdict: 'fail',
      reasons: [expect.stringContaining('is above the budget')],
    });
  });

  it('calls no error rate destroyed, however much it rises, no value from zero down, and no half', () => {
    const rising = judge({
      metric: mseMetric,
      fp32Scores: Array(50).fill(1),
      quantizedScores: Array.from({ length: 50 }, (_, i) => 9 + i / 100),
      budget: within(1),
    });
    const negative = judge({
      metric: metricOf({ name: 'likelihood', higherIsBetter: true, score: () => 0 }, 'm.mjs'),
      fp32Scores: Array(50).fill(-1),
      quantizedScores: Array.from({ length: 50 }, (_, i) => -9 - i / 100),
      budget: within(1),
    });
    const none = judge({
      metric: metricOf({ name: 'gain', higherIsBetter: true, score: () => 0 }, 'm.mjs'),
      fp32Scores: Array(50).fill(0),
      quantizedScores: Array.from({ length: 50 }, (_, i) => -9 - i / 100),
      budget: within(1),
    });
    const half = judge({
      metric: metricOf({ name: 'gain', higherIsBetter: true, score: () => 0 }, 'm.mjs'),
      fp32Scores: Array(50).fill(4),
      quantizedScores: Array(50).fill(2),
      budget: within(1),
    });
    for (const judged of [rising, negative, none, half]) {
      expect(judged.verdict).toBe('fail');
      expect(judged.reasons).toHaveLength(1);
    }
  });

  it('calls no PSNR of half the decibels destroyed', () => {
    const [fp32Scores, quantizedScores] = [57, 26].map((db) =>
      Array.from({ length: 50 }, (_, i) => db + i / 100),
    );
    const judged = judge({ metric: psnr, fp32Scores, quantizedScores, budget: within(1) });
    expect(judged).toMatchObject({
      verdict: 'fail',
      reasons: [expect.stringContaining('is above the budget')],
    });
  });

  it('passes at the budget and fails above it only', () => {
    const scores = { fp32Scores: Array(8).fill(3), quantizedScores: Array(8).fill(1) };
    const [, most] = judge({ metric: psnr, ...scores, budget: within(2) }).interval;
    expect(judge({ metric: psnr, ...scores, budget: within(most) }).verdict).toBe('pass');
    expect(judge({ metric: psnr, ...scores, budget: within(most - 1e-9) }).verdict).toBe('inconclusive');
    const spread = { fp32Scores: Array(8).fill(3), quantizedScores: [0, 1, 2, 0, 1, 2, 1, 0] };
    const [low, high] = judge({ metric: psnr, ...spread, budget: within(0) }).interval;
    expect(judge({ metric: psnr, ...spread, budget: within(low) }).verdict).toBe('inconclusive');
    expect(judge({ metric: psnr, ...spread, budget: within(high) }).verdict).toBe('pass');
  });

  it('does not promise a decision by more samples than a million', () => {
    const judged = judge({ metric: top1, ...binaryScores(2000, 21, 1), budget: within('1.01pp') });
    expect(judged.samplesToDecide).toBeGreaterThan(1_000_000);
    expect(judged.reasons[0]).toMatch(/; the drop is too close to the budget for more samples to decide$/);
  });

  it('does not promise that samples decide when the drop is the budget', () => {
    const judged = judge({ metric: top1, ...binaryScores(100, 1, 0), budget: within('1pp') });
    expect(judged).toMatchObject({ verdict: 'inconclusive', samplesToDecide: null });
    expect(judged.reasons).toEqual([
      expect.stringContaining('too close to the budget for more samples to decide'),
    ]);
  });

  it('counts in the direction of the metric', () => {
    const errorRate = metricOf(
      { name: 'error', higherIsBetter: false, unit: 'fraction', score: () => 0 },
      'm.mjs',
    );
    const judged = judge({
      metric: errorRate,
      fp32Scores: [0, 0, 1],
      quantizedScores: [1, 1, 1],
      budget: within(0),
    });
    expect(judged).toMatchObject({ flips: { lost: 2, gained: 0 }, drop: 2 / 3 });
  });
});

describe('judging other scores', () => {
  const fp32Scores = Array.from({ length: 20 }, (_, i) => 40 + Math.sin(i));

  it('does not decide with certainty where no sample has changed: as many could, as n samples may hide', () => {
    const judged = judge({ metric: psnr, fp32Scores, quantizedScores: fp32Scores, budget: within(0) });
    expect(judged).toMatchObject({ verdict: 'inconclusive', drop: 0, flips: null });
    expect(judged.pValue).toBeUndefined();
    // 1 - 0.025^(1/20) of the samples, by a standard deviation of about 0.7 dB.
    const [low, high] = judged.interval;
    expect(high).toBeGreaterThan(0.1684 * 0.6);
    expect(high).toBeLessThan(0.1684 * 0.8);
    expect(low).toBe(-high);
    expect(
      judge({ metric: psnr, fp32Scores, quantizedScores: fp32Scores, budget: within(0.2) }).verdict,
    ).toBe('pass');
  });

  it('fails a clear loss of decibels', () => {
    const quantizedScores = fp32Scores.map((score, i) => score - 1 - 0.1 * Math.cos(i));
    const judged = judge({ metric: psnr, fp32Scores, quantizedScores, budget: within(0.5) });
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons[0]).toMatch(
      /^by quantization: drop 1\.0\d dB \[0\.9\d, 1\.0\d\] is above the budget of 0\.50 dB$/,
    );
  });

  it('counts a rise of a metric that should be low as a drop', () => {
    const judged = judge({
      metric: mseMetric,
      fp32Scores: fp32Scores.map(() => 1),
      quantizedScores: fp32Scores.map((_, i) => 1.1 + 0.01 * Math.sin(i)),
      budget: within('20%'),
    });
    expect(judged.drop).toBeCloseTo(0.1, 2);
    expect(judged.verdict).toBe('pass');
  });

  it('does not read 0/1 values of a metric that is no fraction as flips', () => {
    expect(
      judge({ metric: mseMetric, fp32Scores: [0, 0], quantizedScores: [0, 1], budget: within(1) }).flips,
    ).toBeNull();
  });

  it('does not judge fewer samples than an interval needs, even one', () => {
    for (const n of [1, 5]) {
      const fp32 = fp32Scores.slice(0, n);
      const judged = judge({ metric: psnr, fp32Scores: fp32, quantizedScores: fp32, budget: within(1) });
      expect(judged.verdict).toBe('inconclusive');
      expect(judged.reasons).toEqual([
        expect.stringMatching(
          new RegExp(
            `^by quantization: drop 0\\.00 dB .*: ${n} samples are too few to judge the budget of 1\\.00 dB, at least 6 are needed$`,
          ),
        ),
      ]);
      expect(judged.samplesToDecide).toBe(6);
    }
  });

  it('says on which side a drop is that too few samples show', () => {
    const judged = judge({ metric: psnr, fp32Scores: [40], quantizedScores: [30], budget: within(1) });
    expect(judged.interval).toEqual([10, 10]);
    expect(judged.reasons[1]).toBe('the observed drop is above the budget');
  });

  it('judges as soon as there are enough samples', () => {
    const six = fp32Scores.slice(0, 6);
    expect(judge({ metric: psnr, fp32Scores: six, quantizedScores: six, budget: within(1) }).verdict).toBe(
      'pass',
    );
  });

  it('says of just enough samples that they straddle the budget, not that they are too few', () => {
    const six = [0, 1, 2, 0, 1, 2];
    const judged = judge({
      metric: psnr,
      fp32Scores: six.map(() => 2),
      quantizedScores: six,
      budget: within(1),
    });
    expect(judged.reasons[0]).toContain(' straddles the budget of 1.00 dB; ');
  });

  it('has the bootstrap interval of the paired differences of a mean', () => {
    const skewed = fp32Scores.map((score, i) => score - i ** 3 / 1000);
    const { interval } = judge({ metric: psnr, fp32Scores, quantizedScores: skewed, budget: within(1) });
    const differences = fp32Scores.map((score, i) => score - skewed[i]);
    expect(interval).toEqual(meanInterval(differences, 0.95));
  });

  it('has no interval of one sample, nor of an aggregate of one', () => {
    const one = { fp32Scores: [[10, 5]], quantizedScores: [[11, 5]], budget: within('2%') };
    const { drop, interval } = judge({ metric: perplexity, ...one });
    expect(drop).toBeCloseTo(Math.exp(2.2) - Math.exp(2), 12);
    expect(interval).toEqual([drop, drop]);
  });

  it('does not read 0/1 values of one side alone as flips, nor of a metric that is no mean', () => {
    const half = { name: 'f1', higherIsBetter: true, unit: 'fraction' as const, score: () => 0 };
    const mean = metricOf(half, 'm.mjs');
    const whole = metricOf(
      { ...half, aggregate: (scores: readonly unknown[]) => scores.length / 100 },
      'm.mjs',
    );
    const [bits, halves] = [
      [1, 0, 1, 1],
      [1, 0.5, 1, 1],
    ] as const;
    const flipsOf = (metric: typeof mean, fp32: readonly number[], quantized: readonly number[]) =>
      judge({ metric, fp32Scores: fp32, quantizedScores: quantized, budget: within('1pp') }).flips;
    expect(flipsOf(mean, bits, halves)).toBeNull();
    expect(flipsOf(mean, halves, bits)).toBeNull();
    expect(flipsOf(whole, bits, bits)).toBeNull();
    expect(flipsOf(mean, bits, bits)).toEqual({ lost: 0, gained: 0 });
  });

  it('refuses a metric that most resamples leave undefined', () => {
    const one = metricOf(
      {
        name: 'spread',
        higherIsBetter: false,
        score: () => 0,
        aggregate: (scores: readonly unknown[]) => (new Set(scores).size > 8 ? 1 : Number.NaN),
      },
      'm.mjs',
    );
    const scores = fp32Scores.slice(0, 9);
    expect(() =>
      judge({ metric: one, fp32Scores: scores, quantizedScores: scores, budget: within(1) }),
    ).toThrow('metric spread is undefined on most resamples of 9 samples: evaluate more');
  });

  it('resamples metrics that are no mean', () => {
    const scores = (loss: number) => fp32Scores.map((_, i) => [(2 + Math.sin(i) + loss) * (5 + i), 5 + i]);
    const judged = judge({
      metric: perplexity,
      fp32Scores: scores(0),
      quantizedScores: scores(0.01),
      budget: within('2%'),
    });
    expect(judged.drop / judged.fp32).toBeCloseTo(Math.expm1(0.01), 6);
    expect(judged.interval[0]).toBeLessThan(judged.drop);
    expect(judged.interval[1]).toBeGreaterThan(judged.drop);
    expect(judged.verdict).toBe('pass');
  });
});

describe('any judgement', () => {
  it('refuses scores of different samples', () => {
    const budget = within('1pp');
    expect(() => judge({ metric: top1, fp32Scores: [1], quantizedScores: [1, 0], budget })).toThrow(
      'metric top1: 2 quantized scores beside 1 of FP32: make the baseline again',
    );
    expect(() => judge({ metric: top1, fp32Scores: [], quantizedScores: [], budget })).toThrow(
      'there are no samples',
    );
  });

  it('never turns from pass to fail, or back from pass, as the budget rises', () => {
    const order = ['fail', 'inconclusive', 'pass'];
    const counts = fc.tuple(fc.integer({ min: 60, max: 400 }), fc.nat(30), fc.nat(30));
    const budgets = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }));
    fc.assert(
      fc.property(counts, budgets, ([n, lost, gained], [a, b]) => {
        const rank = (tenths: number) =>
          order.indexOf(
            judge({ metric: top1, ...binaryScores(n, lost, gained), budget: within(`${tenths / 10}pp`) })
              .verdict,
          );
        expect(rank(Math.max(a, b))).toBeGreaterThanOrEqual(rank(Math.min(a, b)));
      }),
    );
  });

  it('has a one-line reason and needs more samples than it had if it is inconclusive', () => {
    const counts = fc.tuple(fc.integer({ min: 2, max: 300 }), fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(counts, fc.nat(50), ([n, lost, gained], tenths) => {
        fc.pre(lost + gained <= n);
        const judged = judge({
          metric: top1,
          ...binaryScores(n, lost, gained),
          budget: within(`${tenths / 10}pp`),
        });
        expect(judged.reasons.length).toBeGreaterThan(0);
        for (const reason of judged.reasons) expect(reason).toMatch(/^[^\n]+$/);
        if (judged.samplesToDecide !== null) expect(judged.samplesToDecide).toBeGreaterThanOrEqual(n);
      }),
    );
  });
});

describe('judging an aggregate over all samples', () => {
  /** The harmonic mean of what samples hold, a fraction. */
  const aggregate = (scores: readonly Score[]) =>
    scores.length / scores.reduce<number>((sum, score) => sum + 1 / (Number(score) + 0.5), 0) - 0.5;
  const harmonic = metricOf(
    { name: 'harmonic', higherIsBetter: true, unit: 'fraction', score: () => 0, aggregate },
    'm.mjs',
  );
  const scoresOf = (n: number, changed: number) => ({
    fp32Scores: Array<number>(n).fill(1),
    quantizedScores: Array.from({ length: n }, (_, i) => (i < changed ? 0.99 : 1)),
  });
  const halfOf = (n: number, changed: number) => {
    const { drop, interval } = judge({ metric: harmonic, ...scoresOf(n, changed), budget: within('1pp') });
    return interval[1] - drop;
  };

  it('has the interval that so many samples allow where none has changed, near that of 0/1 scores', () => {
    for (const n of [10, 88, 1000]) {
      const judged = judge({ metric: harmonic, ...scoresOf(n, 0), budget: within('1pp') });
      const flips = judge({ metric: top1, ...binaryScores(n, 0, 0), budget: within('1pp') });
      expect(judged.interval[1] / flips.interval[1]).toBeGreaterThan(0.9);
      expect(judged.interval[1] / flips.interval[1]).toBeLessThan(1.2);
      expect(judged.verdict).toBe(flips.verdict);
    }
  });

  it('says how many samples would decide, and these do', () => {
    const { verdict, samplesToDecide } = judge({
      metric: harmonic,
      ...scoresOf(88, 0),
      budget: within('1pp'),
    });
    expect(verdict).toBe('inconclusive');
    expect(
      judge({ metric: harmonic, ...scoresOf(samplesToDecide!, 0), budget: within('1.1pp') }).verdict,
    ).toBe('pass');
    expect(
      judge({ metric: harmonic, ...scoresOf(samplesToDecide! / 2, 0), budget: within('1.1pp') }).verdict,
    ).toBe('inconclusive');
  });

  it('is no surer for a few samples that change than for none, and goes by the bootstrap for more', () => {
    for (const changed of [1, 2, 3]) expect(halfOf(88, changed)).toBeCloseTo(halfOf(88, 0), 9);
    expect(halfOf(88, 4)).toBeLessThan(halfOf(88, 0) / 5);
  });
});
