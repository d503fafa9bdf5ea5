import { asNumber } from '../metrics/mean-score.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { overPicksOf } from '../metrics/over-picks.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { measured } from '../words/figures.ts';
import type { Judged } from './combine.ts';
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
 */
export function judgeFloor(
  metric: Metric,
  scores: readonly Score[],
  floor: number,
  confidence: number,
): FloorJudgement {
  const value = aggregateScores(metric, scores);
  const known = valueInterval(metric, scores, value, confidence);
  const interval = known ?? ([value, value] as const);
  const tooFew = known === null || (!isBinary(metric, scores) && scores.length < fewestSamples(confidence));
  const decided = interval[0] >= floor ? 'pass' : interval[1] < floor ? 'fail' : 'inconclusive';
  const verdict = tooFew ? 'inconclusive' : decided;
  const say = (each: number) => measured(each, metric.unit);
  const seen = `the quantized model has ${say(value)} [${interval.map(say).join(', ')}], min-accuracy is ${say(floor)}`;
  const more =
    value === floor ? 'no number of samples shows that it is not less' : 'more samples would decide';
  const outlook = tooFew ? `${scores.length} samples are too few` : more;
  const words = {
    pass: `above min-accuracy: ${seen}`,
    fail: `below min-accuracy: ${seen}`,
    inconclusive: `around min-accuracy: ${seen}; ${outlook}`,
  };
  return { verdict, reasons: [words[verdict]], floor, interval };
}

function isBinary(metric: Metric, scores: readonly Score[]): boolean {
  return metric.unit === 'fraction' && metric.decomposable && scores.every((s) => s === 0 || s === 1);
}

/** Null where it is undefined on most resamples. */
function valueInterval(
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
    : aggregateInterval(n, value, overPicksOf(metric, scores), confidence);
  if (interval === null || interval[0] < interval[1]) return interval;
  // Samples that do not vary do not show how many others would: as `compare` has it.
  const half = largestUnseenShare(n, confidence) * (metric.unit === 'fraction' ? 1 : Math.abs(value));
  return [value - half, value + half];
}
