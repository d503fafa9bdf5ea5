import { asNumber } from '../metrics/mean-score.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { measured } from '../words/figures.ts';
import type { Judged } from './combine.ts';
import { areShares, type Looks, levelOf, sequenceOf } from './looks.ts';
import { overResamples } from './over-resamples.ts';
import { aggregateInterval, fewestSamples, meanInterval } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/tango.ts';
import { largestUnseenShare } from './statistics/unseen.ts';
import { wilsonInterval } from './statistics/wilson.ts';
import type { Judgement } from './verdict.ts';

/** A floor, and how far the value of the metric may be from the one that was measured. */
export interface FloorJudgement extends Judged {
  readonly verdict: Judgement['verdict'];
  readonly floor: number;
  readonly interval: Interval;
}

/**
 * Holds the metric of a quantized model against the least that it must have: `pass` if the whole interval of the metric is
 * at or above it, `fail` if the whole interval is below.
 *
 * @param metric one of which more is better
 * @param looks `early` for decomposable metrics only
 */
export function judgeFloor(
  metric: Metric,
  scores: readonly Score[],
  floor: number,
  confidence: number,
  looks: Looks = 'once',
): FloorJudgement {
  const value = aggregateScores(metric, scores);
  const { known, fewest } =
    looks === 'early'
      ? earlyInterval(metric, scores, confidence)
      : valueInterval(metric, scores, value, levelOf(confidence, looks));
  const interval = known ?? ([value, value] as const);
  const tooFew = known === null || scores.length < fewest;
  const decided = interval[0] >= floor ? 'pass' : interval[1] < floor ? 'fail' : 'inconclusive';
  const verdict = tooFew ? 'inconclusive' : decided;
  const say = (each: number) => measured(each, metric.unit);
  const seen = `the quantized model has ${say(value)} [${interval.map(say).join(', ')}], min-accuracy is ${say(floor)}`;
  const more =
    value === floor ? 'no number of samples shows that it is not less' : 'more samples would decide';
  const outlook = tooFew ? `; ${scores.length} samples are too few` : looks === 'early' ? '' : `; ${more}`;
  const words = {
    pass: `above min-accuracy: ${seen}`,
    fail: `below min-accuracy: ${seen}`,
    inconclusive: `around min-accuracy: ${seen}${outlook}`,
  };
  return { verdict, reasons: [words[verdict]], floor, interval };
}

function isBinary(metric: Metric, scores: readonly Score[]): boolean {
  return metric.unit === 'fraction' && metric.decomposable && scores.every((s) => s === 0 || s === 1);
}

/** An interval, null where it is undefined on most resamples, and the fewest samples that decide by it. */
interface Known {
  readonly known: Interval | null;
  readonly fewest: number;
}

function earlyInterval(metric: Metric, scores: readonly Score[], confidence: number): Known {
  const bounds = areShares(metric, scores) ? ([0, 1] as const) : undefined;
  const { interval, fewest } = sequenceOf({ values: scores.map(asNumber), bounds, spread: 0, confidence });
  return { known: interval, fewest };
}

function valueInterval(metric: Metric, scores: readonly Score[], value: number, confidence: number): Known {
  const fewest = isBinary(metric, scores) ? 1 : fewestSamples(confidence);
  return { known: onceInterval(metric, scores, value, confidence), fewest };
}

function onceInterval(
  metric: Metric,
  scores: readonly Score[],
  value: number,
  confidence: number,
): Interval | null {
  const n = scores.length;
  if (isBinary(metric, scores)) return wilsonInterval(scores.filter((s) => s === 1).length, n, confidence);
  if (n === 1) return [value, value];
  const interval = metric.decomposable
    ? meanInterval(scores.map(asNumber), confidence)
    : aggregateInterval(n, value, overResamples(metric, scores), confidence);
  if (interval === null || interval[0] < interval[1]) return interval;
  // Samples that do not vary do not show how many others would: as `compare` has it.
  const half = largestUnseenShare(n, confidence) * (metric.unit === 'fraction' ? 1 : Math.abs(value));
  return [value - half, value + half];
}
