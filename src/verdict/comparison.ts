import { UserError } from '../errors.ts';
import { asNumber } from '../metrics/mean-score.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { aggregateInterval, fewestSamples, meanInterval } from './statistics/bootstrap.ts';
import { type Flips, mcnemarExact } from './statistics/mcnemar.ts';
import { type Interval, tangoInterval } from './statistics/tango.ts';

/** FP32 and quantized scores of the same samples, compared. */
export interface Comparison {
  readonly fp32: number;
  readonly quantized: number;
  /** How much worse the quantized model is, in the metric's unit; negative if it is better. */
  readonly drop: number;
  readonly interval: Interval;
  /** McNemar's exact p-value; only with flips. */
  readonly pValue?: number;
  /** Only if the metric is a fraction and every score is 0 or 1. */
  readonly flips: Flips | null;
  readonly samples: number;
  /** The fewest samples that give an interval at this confidence; with fewer it is only the range of resamples. */
  readonly fewest: number;
}

/**
 * Compares the scores of the same samples in the same order. 0/1 scores of a fraction: Tango's score interval;
 * other means: BCa bootstrap of the paired differences; other aggregates: paired bootstrap standard error.
 *
 * @throws UserError when there are no samples, the counts differ or the metric is not finite
 */
export function compare(
  metric: Metric,
  fp32Scores: readonly Score[],
  quantizedScores: readonly Score[],
  confidence: number,
): Comparison {
  const samples = fp32Scores.length;
  if (quantizedScores.length !== samples) {
    throw new UserError(
      `metric ${metric.name}: ${quantizedScores.length} quantized scores beside ${samples} of FP32: make the baseline again`,
    );
  }
  const fp32 = aggregateScores(metric, fp32Scores);
  const quantized = aggregateScores(metric, quantizedScores);
  const worse = metric.higherIsBetter ? 1 : -1;
  const both = { fp32, quantized, samples };

  const flips = countFlips(metric, fp32Scores, quantizedScores);
  if (flips) {
    const drop = (flips.lost - flips.gained) / samples;
    const interval = tangoInterval(flips, samples, confidence);
    return { ...both, drop, interval, pValue: mcnemarExact(flips), flips, fewest: 1 };
  }

  const fewest = fewestSamples(confidence);
  const drop = worse * (fp32 - quantized);
  if (samples === 1) return { ...both, drop, interval: [drop, drop], flips, fewest };
  if (metric.decomposable) {
    const differences = fp32Scores.map(
      (score, i) => worse * (asNumber(score) - asNumber(quantizedScores[i])),
    );
    return { ...both, drop, interval: meanInterval(differences, confidence), flips, fewest };
  }
  const dropOf = (indices: Uint32Array) => {
    const pick = (scores: readonly Score[]) => Array.from(indices, (i) => scores[i]);
    return worse * (metric.aggregate(pick(fp32Scores)) - metric.aggregate(pick(quantizedScores)));
  };
  const interval = aggregateInterval(samples, drop, dropOf, confidence);
  if (!interval) {
    throw new UserError(
      `metric ${metric.name} is undefined on most resamples of ${samples} samples: evaluate more`,
    );
  }
  return { ...both, drop, interval, flips, fewest };
}

function countFlips(metric: Metric, fp32: readonly Score[], quantized: readonly Score[]): Flips | null {
  const binary = (scores: readonly Score[]) => scores.every((score) => score === 0 || score === 1);
  if (metric.unit !== 'fraction' || !metric.decomposable || !binary(fp32) || !binary(quantized)) return null;
  const good = metric.higherIsBetter ? 1 : 0;
  const count = (before: boolean) =>
    fp32.filter((score, i) => (score === good) === before && (quantized[i] === good) !== before).length;
  return { lost: count(true), gained: count(false) };
}
