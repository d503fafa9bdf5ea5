import type { Limit } from '../config/config.ts';
import type { Judged } from './combine.ts';

/** What is held against a limit. */
export interface Measure<T> {
  /** The value of one thing; the limit is the greatest that is allowed. */
  of(each: T): number;
  /** The complaint about the worst one, with words on how many others there are. */
  say(name: string, worst: T, value: number, others: string): string;
}

/**
 * Fails a judgement when something is above a limit. Its first reason then is what the measure says of the worst. Without a limit, and without anything above it, the judgement stays as it is.
 */
export function excess<J extends Judged, T>(
  judged: J,
  all: Iterable<readonly [name: string, T]>,
  limit: Limit | undefined,
  measure: Measure<T>,
): J {
  if (limit === undefined) return judged;
  const { value, except } = limit;
  const over = [...all]
    .filter(([name, each]) => measure.of(each) > value && !except.includes(name))
    .sort(([, a], [, b]) => measure.of(b) - measure.of(a));
  if (over.length === 0) return judged;
  const [[name, worst]] = over;
  const others =
    over.length === 1 ? '' : `; ${over.length - 1} more ${over.length === 2 ? 'is' : 'are'} beyond it`;
  return {
    ...judged,
    verdict: 'fail',
    reasons: [measure.say(name, worst, value, others), ...judged.reasons],
  };
}
