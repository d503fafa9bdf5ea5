import type { Metric, Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { compare } from '../verdict/comparison.ts';
import { overResamples } from '../verdict/over-resamples.ts';
import { standardError } from '../verdict/statistics/bootstrap.ts';
import { twoSidedZ } from '../verdict/statistics/normal.ts';
import type { Interval } from '../verdict/statistics/tango.ts';
import { wilsonInterval } from '../verdict/statistics/wilson.ts';
import { change, changeInterval, count, percent } from '../words/counts.ts';
import type { MetricUnit } from '../words/metric-units.ts';

/** What a check against the vendor's library, or against a device, came to. */
export const outcomes = ['agrees', 'differs', 'cannot-tell'] as const;
export type CheckOutcome = (typeof outcomes)[number];

/** A metric as it was predicted and as it was measured, on the same samples. */
export interface MetricPair {
  readonly predicted: number;
  readonly measured: number;
  /** Measured less predicted, in the metric's unit. */
  readonly difference: number;
  /** Of the difference, at the two-sided `confidence`. */
  readonly interval: Interval;
  readonly samples: number;
}

/** Samples whose greatest output, or class id, is the one that was predicted. */
export interface EqualClasses {
  readonly equal: number;
  readonly samples: number;
}

/** Differences up to these are none that anybody ships or holds back a model for; of other units a part of the value. */
const TOLERANCES: Readonly<Record<MetricUnit, number>> = { fraction: 0.003, dB: 0.1, value: 0.01 };
/** Of samples, whose greatest output has to be the same. */
const FEWEST_EQUAL = 0.99;
/** Fewer samples tell nothing. */
const FEWEST_SAMPLES = 20;

/** Compares the scores of the same samples, in the same order, by the paired statistics of the verdict. */
export function pairedMetric(
  metric: Metric,
  predicted: readonly Score[],
  measured: readonly Score[],
  confidence: number,
): MetricPair {
  const { fp32, quantized, interval, samples } = compare(metric, predicted, measured, confidence);
  const [low, high] = interval;
  // `compare` tells how much worse the second is.
  const upwards: Interval = metric.higherIsBetter ? [0 - high, 0 - low] : [low, high];
  return {
    predicted: fp32,
    measured: quantized,
    difference: quantized - fp32,
    interval: upwards,
    samples,
  };
}

/**
 * Compares a value that came without its samples: by the interval that either value alone may have, which is wider than
 * that of pairs. Shares: Wilson's about the measured one; others: the bootstrap error of the predicted one.
 *
 * @param predicted scores of as many samples as `measured` was taken from
 */
export function unpairedMetric(
  metric: Metric,
  predicted: readonly Score[],
  measured: number,
  confidence: number,
): MetricPair {
  const samples = predicted.length;
  const value = aggregateScores(metric, predicted);
  const difference = measured - value;
  return {
    predicted: value,
    measured,
    difference,
    interval: unpairedInterval(metric, predicted, { measured, difference }, confidence),
    samples,
  };
}

function unpairedInterval(
  metric: Metric,
  predicted: readonly Score[],
  { measured, difference }: Pick<MetricPair, 'measured' | 'difference'>,
  confidence: number,
): Interval {
  const samples = predicted.length;
  if (metric.unit === 'fraction') {
    const [low, high] = wilsonInterval(measured * samples, samples, confidence);
    const value = measured - difference;
    return [low - value, high - value];
  }
  const error = samples < 2 ? 0 : standardError(overResamples(metric, predicted));
  const half = twoSidedZ(confidence) * (error ?? 0);
  return [difference - half, difference + half];
}

/**
 * - `differs`: the metric differs by more than its tolerance (0.3 pp, 0.1 dB, else 1 % of the value) and its interval does
 *   not hold 0, or fewer than 99 % of the samples have the same greatest output, beyond what so many samples may show by
 *   chance (the upper end of Wilson's interval);
 * - `cannot-tell`: one of the two is beyond its bound, and the samples do not show that it is no chance, or there are
 *   fewer than 20;
 * - `agrees`: neither.
 *
 * @returns with plain words, of which the first say what decided
 */
export function outcomeOf(
  { unit }: Pick<Metric, 'unit'>,
  pair: MetricPair,
  classes: EqualClasses | undefined,
  confidence: number,
): { readonly outcome: CheckOutcome; readonly reasons: readonly string[] } {
  const { predicted, difference, interval, samples } = pair;
  const tolerance = TOLERANCES[unit] * (unit === 'value' ? Math.abs(predicted) : 1);
  const isBeyond = Math.abs(difference) > tolerance;
  const isNoChance = interval[0] > 0 || interval[1] < 0;
  const share = classes && classes.equal / classes.samples;
  const isUnequal = share !== undefined && share < FEWEST_EQUAL;
  const isUnequalForSure =
    isUnequal && wilsonInterval(classes!.equal, classes!.samples, confidence)[1] < FEWEST_EQUAL;
  const seen = `the metric differs by ${change(difference, unit)} ${changeInterval(interval, unit)}`;
  const alike = share === undefined ? '' : `${percent(share)} of the samples have the same greatest output`;
  const bounds = [
    ...(isBeyond ? [`${seen}, more than ${change(tolerance, unit)}`] : []),
    ...(isUnequal ? [`${alike}, less than ${percent(FEWEST_EQUAL)}`] : []),
  ];
  if ((isBeyond && isNoChance) || isUnequalForSure) return { outcome: 'differs', reasons: bounds };
  if (samples < FEWEST_SAMPLES)
    return {
      outcome: 'cannot-tell',
      reasons: [`${count(samples)} samples are too few, ${FEWEST_SAMPLES} are needed`, ...bounds],
    };
  if (bounds.length > 0)
    return {
      outcome: 'cannot-tell',
      reasons: bounds.map((bound) => `${bound}, which so few samples may show by chance`),
    };
  return { outcome: 'agrees', reasons: [seen, ...(alike === '' ? [] : [alike])] };
}
