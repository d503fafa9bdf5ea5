import { UserError } from '../errors.ts';
import { asNumber } from '../metrics/mean-score.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { mean } from '../numerics/mean.ts';
import { areShares, type Looks, levelOf, type Sequence, sequenceOf } from './looks.ts';
import { overResamples } from './over-resamples.ts';
import { aggregateInterval, fewestSamples, meanInterval, standardError } from './statistics/bootstrap.ts';
import { type Flips, mcnemarExact } from './statistics/mcnemar.ts';
import { type Interval, tangoInterval } from './statistics/tango.ts';
import { largestUnseenShare } from './statistics/unseen.ts';

/** FP32 and quantized scores of the same samples, compared. */
export interface Comparison {
  readonly fp32: number;
  readonly quantized: number;
  /** How much worse the quantized model is, in the metric's unit; negative if it is better. */
  readonly drop: number;
  readonly interval: Interval;
  /** McNemar's exact p-value; only with flips, and where samples are looked at once. */
  readonly pValue?: number;
  /** Only if the metric is a fraction and every score is 0 or 1. */
  readonly flips: Flips | null;
  readonly samples: number;
  /** The fewest samples that give an interval at this confidence; with fewer it is only the range of resamples. */
  readonly fewest: number;
  /** So few samples change that the interval is that of what so many samples cannot show. */
  readonly isUnvaried: boolean;
}

/**
 * Compares the scores of the same samples in the same order. 0/1 scores of a fraction: Tango's score interval;
 * other means: BCa bootstrap of the paired differences; other aggregates: paired bootstrap standard error. A bootstrap of
 * differences that are all equal, as where no sample has changed, has no width, whatever their number, and one of up to three
 * changed samples too little. The interval then reaches at least as far as the share of samples that so many cannot show to
 * change (`largestUnseenShare`) would move the metric, were each of them to change by the spread of the metric.
 *
 * The interval of an early look is a confidence sequence of the differences: `boundedSequence` for fractions, otherwise
 * `asymptoticSequence`.
 *
 * @param looks `early` for decomposable metrics only
 * @throws UserError when there are no samples, the counts differ, or the metric, the drop or its interval is not finite
 */
export function compare(
  metric: Metric,
  fp32Scores: readonly Score[],
  quantizedScores: readonly Score[],
  confidence: number,
  looks: Looks = 'once',
): Comparison {
  const comparison = comparisonOf(metric, [fp32Scores, quantizedScores], confidence, looks);
  const { drop, interval } = comparison;
  if ([drop, ...interval].every(Number.isFinite)) return comparison;
  throw new UserError(
    `metric ${metric.name}: the drop is ${drop} [${interval.join(', ')}], which is not finite: give scores of an ordinary size, or a lower confidence`,
  );
}

/** Scores of FP32 and of the quantized model. */
export type Pair = readonly [fp32: readonly Score[], quantized: readonly Score[]];

function comparisonOf(
  metric: Metric,
  [fp32Scores, quantizedScores]: Pair,
  overall: number,
  looks: Looks,
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
  const confidence = levelOf(overall, looks);

  const flips = countFlips(metric, fp32Scores, quantizedScores);
  const drop = flips ? (flips.lost - flips.gained) / samples : worse * (fp32 - quantized);
  if (looks === 'early') {
    const { interval, fewest } = excessSequence(metric, [fp32Scores, quantizedScores], overall);
    return { ...both, drop, interval, flips, fewest, isUnvaried: false };
  }
  if (flips) {
    const interval = tangoInterval(flips, samples, confidence);
    const pValue = looks === 'once' ? { pValue: mcnemarExact(flips) } : {};
    return { ...both, drop, interval, ...pValue, flips, fewest: 1, isUnvaried: false };
  }

  const fewest = fewestSamples(confidence);
  const rest = { ...both, drop, flips, fewest };
  if (samples === 1) return { ...rest, interval: [drop, drop], isUnvaried: false };
  const interval = metric.decomposable
    ? meanInterval(differencesOf(metric, fp32Scores, quantizedScores), confidence)
    : intervalOfAggregate(metric, fp32Scores, quantizedScores, { drop, confidence });
  const isVaried = interval[0] < interval[1] && !changesFew(fp32Scores, quantizedScores);
  if (isVaried) return { ...rest, interval, isUnvaried: false };
  const half = largestUnseenShare(samples, confidence) * spreadOf(metric, fp32Scores, fp32);
  const [low, high] = [drop - half, drop + half];
  const isUnvaried = low < interval[0] || high > interval[1];
  return { ...rest, interval: [Math.min(low, interval[0]), Math.max(high, interval[1])], isUnvaried };
}

/**
 * The confidence sequence of how much more is lost than a part of FP32's metric, in the metric's unit.
 *
 * @param part of FP32's value, in [0, 1)
 */
export function excessSequence(
  metric: Metric,
  [fp32Scores, quantizedScores]: Pair,
  confidence: number,
  part = 0,
): Sequence {
  const fp32 = aggregateScores(metric, fp32Scores);
  const side = part * Math.sign(fp32);
  const drops = differencesOf(metric, fp32Scores, quantizedScores);
  const values = drops.map((drop, i) => drop - side * asNumber(fp32Scores[i]));
  const isBounded = areShares(metric, fp32Scores) && areShares(metric, quantizedScores);
  const bounds = isBounded ? ([-1 - part, 1] as const) : undefined;
  const deviation = Math.sqrt(mean(fp32Scores.map((score) => (asNumber(score) - fp32) ** 2)));
  return sequenceOf({ values, bounds, spread: deviation || Math.abs(fp32), confidence });
}

/** So few samples that change make a bootstrap narrower than none do by what they cannot show. */
const FEW = 3;

function changesFew(fp32: readonly Score[], quantized: readonly Score[]): boolean {
  let changed = 0;
  for (const [i, score] of fp32.entries()) {
    if (JSON.stringify(score) === JSON.stringify(quantized[i])) continue;
    changed++;
    if (changed > FEW) return false;
  }
  return true;
}

function differencesOf(metric: Metric, fp32: readonly Score[], quantized: readonly Score[]): number[] {
  const worse = metric.higherIsBetter ? 1 : -1;
  return fp32.map((score, i) => worse * (asNumber(score) - asNumber(quantized[i])));
}

function intervalOfAggregate(
  metric: Metric,
  fp32: readonly Score[],
  quantized: readonly Score[],
  { drop, confidence }: { readonly drop: number; readonly confidence: number },
): Interval {
  const worse = metric.higherIsBetter ? 1 : -1;
  const after = overResamples(metric, quantized);
  const drops = overResamples(metric, fp32).map((before, i) => worse * (before - after[i]));
  const interval = aggregateInterval(fp32.length, drop, drops, confidence);
  if (interval !== null) return interval;
  throw new UserError(
    `metric ${metric.name} is undefined on most resamples of ${fp32.length} samples: evaluate more`,
  );
}

/**
 * How much one sample that changes may move the metric, times the number of samples: all of it for a fraction, else the
 * standard deviation of what samples contribute, √n times the standard error of FP32's metric. Where samples do not differ
 * in that, the metric itself.
 */
function spreadOf(metric: Metric, fp32: readonly Score[], value: number): number {
  if (metric.unit === 'fraction') return 1;
  const error = standardError(overResamples(metric, fp32));
  return error ? Math.sqrt(fp32.length) * error : Math.abs(value);
}

function countFlips(metric: Metric, fp32: readonly Score[], quantized: readonly Score[]): Flips | null {
  const binary = (scores: readonly Score[]) => scores.every((score) => score === 0 || score === 1);
  if (metric.unit !== 'fraction' || !metric.decomposable || !binary(fp32) || !binary(quantized)) return null;
  const good = metric.higherIsBetter ? 1 : 0;
  const count = (before: boolean) =>
    fp32.filter((score, i) => (score === good) === before && (quantized[i] === good) !== before).length;
  return { lost: count(true), gained: count(false) };
}
