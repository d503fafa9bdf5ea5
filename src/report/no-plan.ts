import { change, count } from '../words/counts.ts';
import { ofSamples } from './of-samples.ts';
import type { JudgedTarget } from './report-schema.ts';

/** That no change was found that helps, and how many were sought, in the words of a part of a sentence. */
export function noPlan({ metric, recovery }: JudgedTarget): string {
  const { drop, unit } = metric;
  const { attempts = [] } = recovery ?? {};
  if (attempts.length === 0) return 'no change was tried';
  const drops = attempts.flatMap(({ measured }) => (measured === undefined ? [] : [measured.drop]));
  const were = attempts.length === 1 ? '1 change was' : `${count(attempts.length)} changes were`;
  const tried = `${were} tried and ${drops.length === 0 ? 'none' : count(drops.length)} of them measured on the evaluation samples`;
  if (drops.length === 0) return tried;
  const least = Math.min(...drops);
  return least < drop
    ? `no change that was tried gains more than the noise of its comparison: ${tried}, the smallest drop ${change(least, unit)} in place of ${change(drop, unit)}${ofSamples(metric)}`
    : `nothing that was tried helps: ${tried}, none with a smaller drop`;
}
