import type { Metric, Score } from '../metrics/metric.ts';
import { change } from '../words/counts.ts';
import { difference } from '../words/figures.ts';
import type { Budget, MaxDrop } from './budget.ts';
import type { Judged } from './combine.ts';
import { type Comparison, compare } from './comparison.ts';
import type { Looks } from './looks.ts';
import { type Judgement, judge } from './verdict.ts';

/** The scores of FP32 and of what a target makes of it; in the base of a target that is new, FP32 alone. */
export interface BaseScores {
  readonly fp32: readonly Score[];
  readonly int8: readonly Score[] | undefined;
}

/** A head beside its base, on the same samples. */
export interface Regression extends Judged {
  readonly verdict: Judgement['verdict'];
  /** FP32 of the base → FP32 of the head; undefined for a metric that compares each with its own FP32. */
  readonly training: Comparison | undefined;
  /** What the base has on this target → INT8 of the head. */
  readonly onChip: Judgement;
  /** What the base has: INT8, or FP32 where it was not measured on this target yet. */
  readonly against: 'int8' | 'fp32';
}

/** A part of nothing is nothing: a base that gets all wrong leaves no room, and nothing to lose. */
function againstBase(
  maxDrop: MaxDrop | undefined,
  metric: Metric,
  scores: readonly Score[],
): MaxDrop | undefined {
  const isNothing = maxDrop?.kind === 'relative' && metric.aggregate(scores) === 0;
  return isNothing ? { kind: 'plain', value: 0 } : maxDrop;
}

/**
 * Judges what a head loses against its base on a chip. Where FP32 alone has lost more than is allowed, it is by training.
 * INT8 beside INT8 holds all that a change does: base FP32 → head INT8 is by training and by quantization together, and
 * INT8 of the base has its own part of the latter.
 *
 * @throws UserError for scores that cannot be compared
 */
export function judgeRegression(given: {
  readonly metric: Metric;
  readonly base: BaseScores;
  readonly head: { readonly fp32: readonly Score[]; readonly int8: readonly Score[] };
  /** Its `maxDrop` is `max-regression`. */
  readonly budget: Pick<Budget, 'maxDrop' | 'confidence'>;
  /** Base and head are one model, quantized alike: where it also scores alike, it has lost nothing on any sample. */
  readonly isSame?: boolean;
  readonly looks?: Looks;
}): Regression {
  const { metric, base, head, budget, isSame = false, looks } = given;
  const training = metric.reference
    ? undefined
    : compare(metric, base.fp32, head.fp32, budget.confidence, looks);
  const against = base.int8 === undefined ? 'fp32' : 'int8';
  const judged = judge({
    metric,
    fp32Scores: base.int8 ?? base.fp32,
    quantizedScores: head.int8,
    looks,
    budget: { ...budget, maxDrop: againstBase(budget.maxDrop, metric, base.int8 ?? base.fp32) },
    by: `on the chip, beside ${against === 'fp32' ? 'FP32 of the base' : 'the quantized base'}`,
  });
  const scoresAlike = isSame && JSON.stringify(base.int8) === JSON.stringify(head.int8);
  const onChip = scoresAlike ? { ...judged, verdict: 'pass' as const } : judged;
  const [reason] = onChip.reasons;
  const isByTraining = onChip.verdict === 'fail' && (training?.drop ?? 0) > onChip.budget!;
  const reasons = [isByTraining ? `${byTraining(training!, metric)}; ${reason}` : reason];
  return { verdict: onChip.verdict, reasons, training, onChip, against };
}

function byTraining({ drop, interval }: Comparison, { unit }: Metric): string {
  const ends = interval.map((end) => difference(end, unit)).join(', ');
  return `by training: FP32 drop ${change(drop, unit)} [${ends}] since the base`;
}
