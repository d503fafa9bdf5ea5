import { UserError } from '../errors.ts';
import { mean } from '../numerics/mean.ts';
import type { Score } from './metric.ts';

/**
 * `aggregate` of every decomposable metric.
 *
 * @throws UserError when a score is not a number
 */
export function meanScore(scores: readonly Score[]): number {
  return mean(scores.map(asNumber));
}

/**
 * A score of a decomposable metric as the number it is.
 *
 * @throws UserError when it is none
 */
export function asNumber(score: Score): number {
  if (typeof score !== 'number') {
    throw new UserError(
      `score ${JSON.stringify(score)} is not a number: give the metric an aggregate function`,
    );
  }
  return score;
}
