import type { TargetResult } from '../judge.ts';
import { changeKinds, type MeasuredAttempt } from './attempt.ts';

/**
 * How a change stands to the budgets: it keeps them all; its drop is within the budget, but the samples are too few to be
 * sure; or it misses one.
 */
export type Standing = 'keeps' | 'undecided' | 'misses';

const bestFirst: readonly Standing[] = ['keeps', 'undecided', 'misses'];

export function standingOf({ judgement, byQuantization }: TargetResult): Standing {
  if (judgement.verdict === 'pass') return 'keeps';
  const isWithin = judgement.budget === null || judgement.drop <= judgement.budget;
  return judgement.verdict === 'inconclusive' && byQuantization !== 'fail' && isWithin
    ? 'undecided'
    : 'misses';
}

/** At most two of these: the smallest change of the best standing, and the one of least drop. */
export function bestOf<A extends MeasuredAttempt>(attempts: readonly A[]): A[] {
  if (attempts.length === 0) return [];
  const first = attempts.toSorted(smallestFirst)[0];
  const least = attempts.toSorted((a, b) => a.result.judgement.drop - b.result.judgement.drop)[0];
  return first === least ? [first] : [first, least];
}

/**
 * By standing; then the smaller change, but the smaller drop where the budgets are missed anyway; then the smaller drop. Of one
 * that left early, that is of fewer samples: so few only as its drop is far beyond the budget.
 */
function smallestFirst(a: MeasuredAttempt, b: MeasuredAttempt): number {
  const [standing, other] = [a, b].map(({ result }) => bestFirst.indexOf(standingOf(result)));
  if (standing !== other) return standing - other;
  const byDrop = a.result.judgement.drop - b.result.judgement.drop;
  if (bestFirst[standing] === 'misses') return byDrop;
  const byKind = changeKinds.indexOf(a.kind) - changeKinds.indexOf(b.kind);
  return byKind || a.config.layers.size - b.config.layers.size || byDrop;
}
