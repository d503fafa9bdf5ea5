import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { mean } from '../../numerics/mean.ts';
import { SEED } from '../../numerics/seed.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { expandedZ } from './student.ts';
import type { Interval } from './tango.ts';

const MEAN_RESAMPLES = 4000;
const AGGREGATE_RESAMPLES = 500;

/** The fewest samples whose resamples can miss to one side as rarely as `confidence` asks: 2^(1-n) <= 1 - confidence. */
export function fewestSamples(confidence: number): number {
  return 1 + Math.ceil(-Math.log2(1 - confidence));
}

/**
 * BCa bootstrap interval of the mean of n >= 2 paired differences (B. Efron, "Better bootstrap confidence
 * intervals", JASA 82 (1987) 171-185) at the expanded level for small n. Equal differences have zero width.
 */
export function meanInterval(differences: readonly number[], confidence: number): Interval {
  const n = differences.length;
  const [first] = differences;
  if (differences.every((d) => d === first)) return [first!, first!];

  const center = mean(differences);
  const spread = differences.reduce((most, d) => Math.max(most, Math.abs(d - center)), 0);
  const deviations = differences.map((d) => (d - center) / spread);
  const squares = deviations.reduce((sum, d) => sum + d ** 2, 0);
  const cubes = deviations.reduce((sum, d) => sum + d ** 3, 0);
  const acceleration = cubes / (6 * squares ** 1.5);

  const means = resample(n, MEAN_RESAMPLES, (indices) => {
    let sum = 0;
    for (const i of indices) sum += differences[i];
    return sum / n;
  }).sort((a, b) => a - b);
  const below = means.filter((m) => m < center).length;
  const above = means.filter((m) => m > center).length;
  const least = 0.5 / means.length;
  const share = (means.length + below - above) / (2 * means.length);
  const bias = normalQuantile(Math.min(1 - least, Math.max(least, share)));

  const z = expandedZ(confidence, n);
  const level = (side: number) => normalCdf(bias + (bias + side) / (1 - acceleration * (bias + side)));
  return [quantileOf(means, level(-z)), quantileOf(means, level(z))];
}

/**
 * Interval drop ± z se of any difference that is recomputed from resamples of n >= 2 samples: se is its bootstrap
 * standard error, z that of the expanded level. Not percentiles: metrics such as mAP are biased on resamples, which
 * hold samples twice, and percentiles would carry that bias.
 *
 * @param differences of each resample (`aggregateResamples`)
 * @returns null where they are undefined (NaN) on most of them
 */
export function aggregateInterval(
  n: number,
  drop: number,
  differences: readonly number[],
  confidence: number,
): Interval | null {
  const error = standardError(differences);
  if (error === null) return null;
  const half = expandedZ(confidence, n) * error;
  return [drop - half, drop + half];
}

/** What is computed from each of 500 resamples of n samples; the array of their indices is reused. */
export function aggregateResamples(n: number, statistic: (indices: Uint32Array) => number): number[] {
  return resample(n, AGGREGATE_RESAMPLES, statistic);
}

/**
 * Bootstrap standard error of what was computed from resamples: those where it is undefined (NaN) are left out.
 *
 * @returns null where it is undefined on most
 */
export function standardError(values: readonly number[]): number | null {
  const defined = values.filter((value) => Number.isFinite(value));
  return defined.length < values.length / 2 ? null : standardDeviation(defined);
}

/** Quantile of ascending values, linear between two of them (type 7 of Hyndman and Fan, NumPy's default). */
function quantileOf(sorted: readonly number[], p: number): number {
  const place = (sorted.length - 1) * p;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (place % 1) * (high - low);
}

/** With n - 1 in the denominator. */
function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

/** `statistic` of `times` resamples of n indices; the array it is given is reused. */
function resample(n: number, times: number, statistic: (indices: Uint32Array) => number): number[] {
  const random = xoroshiro128plus(SEED);
  const indices = new Uint32Array(n);
  return Array.from({ length: times }, () => {
    for (let i = 0; i < n; i++) indices[i] = uniformInt(random, 0, n - 1);
    return statistic(indices);
  });
}
