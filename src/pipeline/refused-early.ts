import { UserError } from '../errors.ts';
import { onCommon, type SeenSamples } from '../evaluation/looked.ts';
import type { Score } from '../metrics/metric.ts';
import { compare } from '../verdict/comparison.ts';
import { whyNotEarly } from '../verdict/looks.ts';
import { type Contest, type ContestResult, evaluateSideBySide, type SoFar } from './evaluate.ts';
import type { Context, Prepared } from './prepare.ts';

/** What a change scores on the samples that it has seen so far. */
export interface SeenScores {
  readonly scores: readonly Score[];
  readonly looked: SeenSamples;
}

/** Whether a change is surely of no use, by intervals that hold at every look. */
export type IsRefused = (seen: SeenScores) => boolean;

/**
 * Evaluates changes of targets side by side; those that are surely of no use leave on the way. A look only refuses: a change
 * that was not has seen all samples, and is as if nobody had looked, so that none passes that would not have.
 *
 * @param refusals by contestant
 * @returns evaluations of which those that were refused have `looked`
 */
export async function evaluateChanges(
  prepared: Prepared,
  contest: Pick<Contest, 'contestants' | 'references'>,
  refusals: ReadonlyMap<string, IsRefused>,
  context: Context,
): Promise<ContestResult> {
  if (whyNotEarly(prepared.metric) !== undefined) return evaluateSideBySide(prepared, contest, context);
  const decided = ({ scores: all, ...looked }: SoFar) =>
    new Set(
      [...all].flatMap(([name, scores]) => (isSurely(refusals.get(name)!, { scores, looked }) ? [name] : [])),
    );
  const { evaluations, failures } = await evaluateSideBySide(prepared, { ...contest, decided }, context);
  for (const [name, { looked, ...whole }] of evaluations)
    if (looked?.places.length === looked?.of) evaluations.set(name, whole);
  return { evaluations, failures };
}

/** Refuses what makes the metric surely worse than a target is as it was judged. */
export function isWorseThan(
  asJudged: { readonly scores: readonly Score[]; readonly looked?: SeenSamples | undefined },
  { metric, config }: Prepared,
): IsRefused {
  return (seen) => {
    const scores = onCommon(asJudged, seen);
    const { interval, samples, fewest } = compare(metric, ...scores, config.budget.confidence, 'early');
    return samples >= fewest && interval[0] > 0;
  };
}

/** Scores that cannot be compared refuse nothing: the error is that of the end. */
function isSurely(isRefused: IsRefused, seen: SeenScores): boolean {
  try {
    return isRefused(seen);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
