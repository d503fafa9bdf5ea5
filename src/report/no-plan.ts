import { change, count } from '../words/counts.ts';
import { ofFirst, ofSamples } from './of-samples.ts';
import type { JudgedTarget } from './report-schema.ts';

/** That no change was found that helps, and how many were sought, in the words of a part of a sentence. */
export function noPlan({ metric, recovery }: JudgedTarget): string {
  const { drop, unit } = metric;
  const { attempts = [] } = recovery ?? {};
  if (attempts.length === 0) return 'no change was tried';
  const found = attempts.flatMap(({ measured }) => (measured === undefined ? [] : [measured]));
  const were = attempts.length === 1 ? '1 change was' : `${count(attempts.length)} changes were`;
  const tried = `${were} tried and ${found.length === 0 ? 'none' : count(found.length)} of them measured on the evaluation samples`;
  if (found.length === 0) return tried;
  const [least] = found.toSorted((a, b) => a.drop - b.drop);
  return least.drop < drop
    ? `no change that was tried gains more than the noise of its comparison: ${tried}, the smallest drop ${change(least.drop, unit)}${ofFirst(least)} in place of ${change(drop, unit)}${ofSamples(metric)}`
    : `nothing that was tried helps: ${tried}, none with a smaller drop`;
}
