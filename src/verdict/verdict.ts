import type { Metric, Score } from '../metrics/metric.ts';
import { about, difference, measured, unitOf } from '../words/figures.ts';
import { allowedDrop, type Budget } from './budget.ts';
import type { Verdict } from './combine.ts';
import { type Comparison, compare, excessSequence, type Pair } from './comparison.ts';
import { type Looks, levelOf } from './looks.ts';
import { samplesToDecide } from './samples-to-decide.ts';

export interface Judgement extends Omit<Comparison, 'fewest' | 'isUnvaried'> {
  readonly verdict: Exclude<Verdict, 'error'>;
  /** Plain words for the report; the first says what decided. */
  readonly reasons: readonly string[];
  /** The allowed drop in the metric's unit; null where any is. */
  readonly budget: number | null;
  /** Two-sided level of `interval`, which is above the asked confidence where samples were looked at on the way. */
  readonly confidence: number;
  /** Only if inconclusive, and not at an early look: about how many samples would decide; null if none would. */
  readonly samplesToDecide: number | null;
}

/** Beyond this the drop is as good as equal to the budget. */
const HOPELESS = 1_000_000;

/**
 * Judges the drop from FP32 to quantized, or from the base to the head, on the same samples. `pass` if the whole interval of the drop is within the
 * budget, `fail` if the whole interval is above it, otherwise `inconclusive`, however far the drop itself is from the
 * budget. The interval is two-sided at `confidence`, so a wrong pass and a wrong fail each happen at most about
 * (1 - confidence)/2 of the time.
 *
 * At an early look the interval holds at every look, and a budget that is relative to FP32 counts with the uncertainty of
 * FP32's value, which few samples do not tell well.
 *
 * @param given.by what the drop is caused by: the first words of the first reason
 * @throws UserError for scores or budgets that cannot be compared
 */
export function judge(given: {
  readonly metric: Metric;
  readonly fp32Scores: readonly Score[];
  readonly quantizedScores: readonly Score[];
  readonly budget: Pick<Budget, 'maxDrop' | 'confidence'>;
  readonly by?: string;
  readonly looks?: Looks;
}): Judgement {
  const { metric, fp32Scores, quantizedScores, by = 'by quantization', looks = 'once' } = given;
  const { maxDrop, confidence } = given.budget;
  const compared = compare(metric, fp32Scores, quantizedScores, confidence, looks);
  const { fewest, isUnvaried, ...comparison } = compared;
  const level = levelOf(confidence, looks);
  const seen = seenWords(comparison, metric);
  if (maxDrop === undefined) {
    const reasons = [`${by}: ${seen}, which has no budget`];
    return {
      ...comparison,
      verdict: 'pass',
      budget: null,
      confidence: level,
      samplesToDecide: null,
      reasons,
    };
  }
  const isRelative = looks === 'early' && maxDrop.kind === 'relative';
  const budget = isRelative && comparison.fp32 === 0 ? 0 : allowedDrop(maxDrop, metric, comparison.fp32);
  const seemed = decide(comparison, fewest, budget);
  const isDoubtful = isRelative && seemed !== excessVerdict([fp32Scores, quantizedScores], given);
  const verdict = isDoubtful ? 'inconclusive' : seemed;
  const isOpen = verdict === 'inconclusive' && looks !== 'early';
  const needed = isOpen ? samplesToDecide(compared, budget, level) : null;
  const judgement = { ...comparison, verdict, budget, confidence: level, samplesToDecide: needed };
  const [first, ...more] = reasonsOf(judgement, fewest, metric, looks);
  return { ...judgement, reasons: [`${by}: ${first}`, ...more] };
}

function decide(
  { interval, samples }: Pick<Comparison, 'interval' | 'samples'>,
  fewest: number,
  budget: number,
): Judgement['verdict'] {
  if (samples < fewest) return 'inconclusive';
  if (interval[1] <= budget) return 'pass';
  return interval[0] > budget ? 'fail' : 'inconclusive';
}

/** The verdict of an early look on the loss beyond the allowed part of FP32, sample by sample. */
function excessVerdict(
  scores: Pair,
  { metric, budget: { maxDrop, confidence } }: Pick<Parameters<typeof judge>[0], 'metric' | 'budget'>,
): Judgement['verdict'] {
  const { interval, fewest } = excessSequence(metric, scores, confidence, maxDrop!.value);
  return decide({ interval, samples: scores[0].length }, fewest, 0);
}

function seenWords({ drop, interval }: Pick<Comparison, 'drop' | 'interval'>, { unit }: Metric): string {
  const say = (value: number) => difference(value, unit);
  return `drop ${say(drop)}${unitOf(unit)} [${interval.map(say).join(', ')}]`;
}

function reasonsOf(
  judgement: Omit<Judgement, 'reasons'> & { readonly budget: number },
  fewest: number,
  metric: Metric,
  looks: Looks,
): string[] {
  const { verdict, drop, interval, budget, samples, fp32, quantized } = judgement;
  const seen = seenWords(judgement, metric);
  const allowed = `the budget of ${difference(budget, metric.unit)}${unitOf(metric.unit)}`;
  if (verdict === 'pass') return [`${seen} is within ${allowed}`];
  if (verdict === 'fail') {
    // Half of the decibels is not half of anything.
    const isRatio = metric.higherIsBetter && metric.unit !== 'dB' && fp32 > 0;
    const destroyed = isRatio && interval[0] > fp32 / 2;
    const values = `${measured(quantized, metric.unit)} is left of ${measured(fp32, metric.unit)}`;
    return [
      `${seen} is above ${allowed}`,
      ...(destroyed ? [`quantization destroys the model: ${values}`] : []),
    ];
  }
  const side = drop > budget ? ['the observed drop is above the budget'] : [];
  if (samples < fewest) {
    return [
      `${seen}: ${samples} samples are too few to judge ${allowed}, at least ${fewest} are needed`,
      ...side,
    ];
  }
  // Samples are left that another budget did not need.
  const more = looks === 'early' ? '' : `; ${outlook(judgement.samplesToDecide)}`;
  return [`${seen} straddles ${allowed}${more}`, ...side];
}

/** What more samples would bring to a verdict that is open; `needed` as of `samplesToDecide`. */
export function outlook(needed: number | null): string {
  if (needed === null || needed > HOPELESS)
    return 'the drop is too close to the budget for more samples to decide';
  return `about ${about(needed)} samples would decide`;
}
