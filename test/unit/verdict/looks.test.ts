import { describe, expect, it } from 'vitest';
import { mae } from '../../../src/metrics/mae.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { judgeFloor } from '../../../src/verdict/accuracy-floor.ts';
import { compare } from '../../../src/verdict/comparison.ts';
import { levelOf, looksOf, stoppedBy, whyNotEarly } from '../../../src/verdict/looks.ts';
import { judge } from '../../../src/verdict/verdict.ts';
import { kinds, samplesNeeded, simulate } from '../../../study/looks.ts';

const many = (count: number, value: number): number[] => new Array(count).fill(value);
const seen = (at: number, of: number) => ({ places: many(at, 0).map((_, i) => i), of });

describe('looks', () => {
  it('share the error of the confidence: a fifth is that of early ones, the rest of the last', () => {
    expect(levelOf(0.95, 'once')).toBe(0.95);
    expect(levelOf(0.95, 'early')).toBeCloseTo(0.99, 12);
    expect(levelOf(0.95, 'last')).toBeCloseTo(0.96, 12);
  });

  it('are early before all samples are seen, the last then, and one where nobody looked on the way', () => {
    expect([undefined, seen(3, 4), seen(4, 4)].map(looksOf)).toEqual(['once', 'early', 'last']);
  });

  it('stop at intervals that are always valid for shares, and asymptotic for what has no bounds', () => {
    expect(stoppedBy(top1, [1, 0], seen(2, 9))).toEqual({ at: 2, of: 9, interval: 'always-valid' });
    expect(stoppedBy(mae, [0.1], seen(1, 9))?.interval).toBe('asymptotic');
    expect(stoppedBy(top1, [1, 2], seen(2, 9))?.interval).toBe('asymptotic');
    expect(stoppedBy(top1, [1, 0], seen(2, 2))).toBeUndefined();
  });

  it('are possible where a metric is a mean over samples that it scores one by one', () => {
    expect(whyNotEarly(top1)).toBeUndefined();
    expect(whyNotEarly({ ...top1, decomposable: false })).toBe('top1 is no mean over samples');
    expect(whyNotEarly({ ...top1, together: () => Promise.reject() })).toMatch('scores all samples together');
  });
});

describe('an early look', () => {
  const budget = (value: number, kind: 'plain' | 'relative' = 'plain') =>
    ({ maxDrop: { kind, value }, confidence: 0.95 }) as const;

  it('has a wider interval than one look, and no p-value, which would hold for one alone', () => {
    const [fp32, int8] = [many(100, 1), [...many(20, 0), ...many(80, 1)]];
    const [early, last, once] = (['early', 'last', 'once'] as const).map((looks) =>
      compare(top1, fp32, int8, 0.95, looks),
    );
    const width = ({ interval }: typeof early) => interval[1] - interval[0];
    expect(width(early)).toBeGreaterThan(width(last));
    expect(width(last)).toBeGreaterThan(width(once));
    expect([early.pValue, last.pValue]).toEqual([undefined, undefined]);
    expect(once.pValue).toBeLessThan(0.001);
    expect(early).toMatchObject({ drop: 0.2, flips: { lost: 20, gained: 0 }, samples: 100 });
  });

  it('is said at the level of its interval, as the last is', () => {
    const [fp32Scores, quantizedScores] = [many(100, 1), [0, ...many(99, 1)]];
    const at = (looks: 'once' | 'early' | 'last', maxDrop?: ReturnType<typeof budget>['maxDrop']) =>
      judge({ metric: top1, fp32Scores, quantizedScores, budget: { maxDrop, confidence: 0.95 }, looks })
        .confidence;
    const { maxDrop } = budget(0.01);
    expect(at('once', maxDrop)).toBe(0.95);
    expect(at('early', maxDrop)).toBeCloseTo(0.99, 12);
    expect(at('last', maxDrop)).toBeCloseTo(0.96, 12);
    expect(at('last')).toBeCloseTo(0.96, 12);
  });

  it('fails a destroyed model at 32 samples', () => {
    const { verdict } = judge({
      metric: top1,
      fp32Scores: many(32, 1),
      quantizedScores: [...many(6, 1), ...many(26, 0)],
      budget: budget(0.01),
      looks: 'early',
    });
    expect(verdict).toBe('fail');
  });

  it('decides nothing on values without bounds before 64 samples, however large the drop', () => {
    const judged = (count: number) =>
      judge({
        metric: mae,
        fp32Scores: many(count, 1),
        quantizedScores: many(count, 9).map((value, i) => value + (i % 2)),
        budget: budget(1),
        looks: 'early',
      }).verdict;
    expect([judged(60), judged(64)]).toEqual(['inconclusive', 'fail']);
  });

  it('does not say how many samples would decide, which are there and were not needed', () => {
    const [fp32Scores, quantizedScores] = [many(40, 1), [0, ...many(39, 1)]];
    const judged = (looks: 'early' | 'last') =>
      judge({ metric: top1, fp32Scores, quantizedScores, budget: budget(0.01), looks });
    const early = judged('early');
    expect(early).toMatchObject({ verdict: 'inconclusive', samplesToDecide: null });
    expect(early.reasons[0]).toMatch(/straddles the budget of 1\.00 pp$/);
    expect(judged('last').reasons[0]).toMatch(/samples would decide$/);
    const floor = (looks: 'early' | 'last') =>
      judgeFloor(top1, quantizedScores, 0.97, 0.95, looks).reasons[0];
    expect(floor('early')).toMatch(/min-accuracy is 97\.00 %$/);
    expect(floor('last')).toMatch(/; more samples would decide$/);
  });

  it('counts what FP32 may be in a budget that is relative to it', () => {
    // 40 samples without a loss pass 18 points, which are 30 % of the 60 % that FP32 has on them, and may have less.
    const scores = [...many(24, 1), ...many(16, 0)];
    const judged = (value: number, kind: 'plain' | 'relative') =>
      judge({
        metric: top1,
        fp32Scores: scores,
        quantizedScores: scores,
        budget: budget(value, kind),
        looks: 'early',
      }).verdict;
    expect(judged(0.18, 'plain')).toBe('pass');
    expect(judged(0.3, 'relative')).toBe('inconclusive');
    expect(judged(0.6, 'relative')).toBe('pass');
  });

  it('does not end the run where FP32 is 0 so far and the budget is relative to it', () => {
    const zero = many(40, 0);
    const given = { metric: top1, fp32Scores: zero, quantizedScores: zero, budget: budget(0.1, 'relative') };
    expect(judge({ ...given, looks: 'early' })).toMatchObject({ verdict: 'inconclusive', budget: 0 });
  });

  it('holds a floor by an interval that is wider than that of one look', () => {
    const scores = [...many(95, 1), ...many(5, 0)];
    expect(judgeFloor(top1, scores, 0.88, 0.95).verdict).toBe('pass');
    expect(judgeFloor(top1, scores, 0.88, 0.95, 'early').verdict).toBe('inconclusive');
    expect(judgeFloor(top1, scores, 0.8, 0.95, 'early').verdict).toBe('pass');
    expect(judgeFloor(top1, scores, 0.999, 0.95, 'early').verdict).toBe('fail');
    const psnr = { ...mae, higherIsBetter: true };
    expect(judgeFloor(psnr, many(40, 9), 1, 0.95, 'early').verdict).toBe('inconclusive');
  });
});

describe('simulated runs with early looks', () => {
  it.each(kinds)('hold the true drop at all of them together: $name', (kind) => {
    const isFlips = kind.name.startsWith('0/1');
    const { early, reported } = simulate(kind, { runs: 300, samples: 250, isWhole: isFlips });
    expect(early).toBeGreaterThanOrEqual(0.98);
    if (isFlips) expect(reported).toBeGreaterThanOrEqual(0.93);
  });

  it('report what holds where the budget lets many of them stop', () => {
    const { reported, stopped } = simulate(kinds[1], { runs: 300, samples: 250, budget: 0.1 });
    expect(stopped).toBeGreaterThan(0.5);
    expect(reported).toBeGreaterThanOrEqual(0.93);
  });

  it('fail what is destroyed after dozens of samples', () => {
    expect(samplesNeeded(kinds[3], 0.01, 40).nineInTen).toBeLessThanOrEqual(72);
  });
});
