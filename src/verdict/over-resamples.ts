import type { Metric, Score } from '../metrics/metric.ts';
import { overPicksOf } from '../metrics/over-picks.ts';
import { aggregateResamples } from './statistics/bootstrap.ts';

const known = new WeakMap<readonly Score[], WeakMap<Metric, readonly number[]>>();

/**
 * A metric over resamples of scores, which are the same for all scores of as many samples, so that those of pairs belong
 * together. It is remembered: FP32 is compared with every target and every change, and a module's metric may take
 * milliseconds for each.
 *
 * @param scores one for each sample; they do not change from here on
 * @returns in the order of the resamples; NaN where the metric is undefined
 */
export function overResamples(metric: Metric, scores: readonly Score[]): readonly number[] {
  const byMetric = known.get(scores) ?? new WeakMap<Metric, readonly number[]>();
  known.set(scores, byMetric);
  const values = byMetric.get(metric) ?? aggregateResamples(scores.length, overPicksOf(metric, scores));
  byMetric.set(metric, values);
  return values;
}
