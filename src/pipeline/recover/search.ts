import { isGain } from '../../advice/range-changes.ts';
import { UserError } from '../../errors.ts';
import { onCommon } from '../../evaluation/looked.ts';
import { compare } from '../../verdict/comparison.ts';
import type { Explained } from '../advise.ts';
import {
  type Attempt,
  type MeasuredAttempt,
  measureAttempts,
  type Ready,
  type Trial,
  tryOut,
} from './attempt.ts';
import type { Deadline } from './deadline.ts';
import { bestOf, type Standing, standingOf } from './standing.ts';

/** A measured change with its models. */
export type RecoveryPlan = MeasuredAttempt & Ready & { readonly standing: Standing };

/** What was tried so far, and the ways to try more. */
export interface Search {
  readonly trial: Trial;
  readonly attempts: readonly (Attempt | MeasuredAttempt)[];
  /** Undefined where time is up, and for a change that leaves nothing to quantize or cannot be made otherwise. */
  ready(change: Pick<Attempt, 'kind' | 'config'>): Promise<Ready | undefined>;
  /** @param more evaluations that follow and are decided together with these */
  measure(attempts: readonly Ready[], more?: number): Promise<readonly (MeasuredAttempt & Ready)[]>;
  /** The measured change of least drop. */
  least(): (MeasuredAttempt & Ready) | undefined;
  best(before: Explained): RecoveryPlan | undefined;
  isDone(): boolean;
  /** Whether a change seems to keep the budgets, and more samples would have to show it. */
  isUndecided(): boolean;
  isCut(): boolean;
}

/**
 * @param deadline after which nothing more is begun
 * @param advance called after each change that was tried
 */
export function newSearch(trial: Trial, deadline: Deadline, advance = () => {}): Search {
  const attempts: (Attempt | MeasuredAttempt)[] = [];
  /** Models are large: only those that may still become the plan are kept. */
  let kept: (MeasuredAttempt & Ready)[] = [];
  let measured = 0;
  let isCut = false;
  const inTime = () => {
    if (!deadline.allows()) isCut = true;
    return !isCut;
  };
  const standings = () => kept.map(({ result }) => standingOf(result));
  return {
    trial,
    attempts,
    async ready(change) {
      if (!inTime()) return undefined;
      const ready = await deadline.piece(() => tryOut(change, trial)).catch(skipImpossible);
      advance();
      if (ready === undefined) return undefined;
      const { candidate: _, ...attempt } = ready;
      attempts.push(attempt);
      return ready;
    },
    async measure(given, more = 0) {
      if (given.length === 0) return [];
      measured += given.length;
      const results = await measureAttempts(given, measured + more, trial);
      for (const each of results) {
        const { candidate: _, ...attempt } = each;
        const index = attempts.findIndex(({ config }) => config === each.config);
        attempts[index] = attempt;
      }
      kept = bestOf([...kept, ...results]);
      return results;
    },
    least: () => kept.toSorted((a, b) => a.result.judgement.drop - b.result.judgement.drop)[0],
    best: (before) => planOf(kept, before, trial.prepared),
    isDone: () => standings().includes('keeps') || !inTime(),
    isUndecided: () => standings().includes('undecided'),
    isCut: () => isCut,
  };
}

/** One change that the model does not allow takes nothing from the others. */
function skipImpossible(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

/**
 * The change of the best standing, and of those the smallest, but for one that stands no better than what was judged and gains
 * no more than the noise of the comparison, as the luckiest of many will; undefined where none is left.
 */
function planOf(
  kept: readonly (MeasuredAttempt & Ready)[],
  { result: before }: Explained,
  { metric, config }: Trial['prepared'],
): RecoveryPlan | undefined {
  const isBetter = ({ result }: MeasuredAttempt) => {
    const standing = standingOf(result);
    const effect = compare(metric, ...onCommon(before, result), config.budget.confidence);
    return standing === standingOf(before) ? isGain(effect) : effect.drop < 0 || standing === 'keeps';
  };
  const best = bestOf(kept).find(isBetter);
  return best && { ...best, standing: standingOf(best.result) };
}
