import { expect, it } from 'vitest';
import type { Metric, Score } from '../../../src/metrics/metric.ts';
import { compare } from '../../../src/verdict/comparison.ts';
import { overResamples } from '../../../src/verdict/over-resamples.ts';

/** The mean, of which nothing is known but how to take it; it counts how often it is taken. */
function slowMean(): { readonly metric: Metric; readonly taken: () => number } {
  let taken = 0;
  const aggregate = (scores: readonly Score[]) => {
    taken++;
    return scores.reduce<number>((sum, score) => sum + Number(score), 0) / scores.length;
  };
  const metric = {
    name: 'slow mean',
    unit: 'value',
    higherIsBetter: true,
    labels: 'any',
    decomposable: false,
    aggregate,
  } as unknown as Metric;
  return { metric, taken: () => taken };
}

const scoresOf = (shift: number) => Array.from({ length: 40 }, (_, i) => Math.sin(i + shift) + 2);

it('takes the metric over the same resamples of all scores of as many samples', () => {
  const { metric } = slowMean();
  const scores = scoresOf(0);
  const doubled = overResamples(
    metric,
    scores.map((score) => 2 * score),
  );
  expect(doubled).toHaveLength(500);
  for (const [i, value] of overResamples(metric, scores).entries())
    expect(doubled[i]).toBeCloseTo(2 * value, 12);
});

it('takes it once, however often scores are compared', () => {
  const { metric, taken } = slowMean();
  const [fp32, one, other] = [0, 1, 2].map(scoresOf);
  const first = compare(metric, fp32, one, 0.95);
  const afterOne = taken();
  expect(compare(metric, fp32, one, 0.95)).toEqual(first);
  // Each value itself, of both, and no resample.
  expect(taken() - afterOne).toBe(2);
  compare(metric, fp32, other, 0.95);
  expect(taken() - afterOne).toBe(2 + 2 + 500);
});

it('takes another metric for itself', () => {
  const scores = scoresOf(0);
  const negative: Metric = { ...slowMean().metric, aggregate: () => -1 };
  expect(overResamples(slowMean().metric, scores)[0]).toBeGreaterThan(0);
  expect(overResamples(negative, scores)[0]).toBe(-1);
});
