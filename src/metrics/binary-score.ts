import { isFloat } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import { classScores } from './classification.ts';
import { firstOutput } from './first-output.ts';
import type { Outputs } from './metric.ts';

/** The only value of the first output, where it is a single number of floating point; undefined otherwise. */
export function singleValue(outputs: Outputs): number | undefined {
  const [first] = Object.values(outputs);
  if (first === undefined || first.data.length !== 1 || !isFloat(first.type)) return undefined;
  return firstOutput(outputs).values[0];
}

/**
 * How much a sample looks like class 1: the single value of an output [1] or [1, 1], or the score of class 1 less that of
 * class 0 of an output [1, 2], which orders samples as the probability of class 1 does, before a softmax and behind it.
 *
 * @throws UserError for any other output
 */
export function binaryScore(outputs: Outputs): number {
  const single = singleValue(outputs);
  if (single !== undefined) return single;
  const scores = classScores(outputs);
  if (scores.length !== 2)
    throw new UserError(
      `the output has ${scores.length} classes: auc takes two, or one value; write a metric module for more`,
    );
  return scores[1] - scores[0];
}
