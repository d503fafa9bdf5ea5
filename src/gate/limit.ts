import type { Judged } from './combine.ts';

/** A threshold of a budget, and the names of tensors or layers that it does not hold for. */
export interface Limit {
  readonly value: number;
  readonly except: readonly string[];
}

/**
 * Fails a judgement when something is above a limit. Its first reason then is what `say` makes of the worst, with
 * words on how many others there are. Without a limit, and without anything above it, the judgement stays as it is.
 */
export function excess<J extends Judged, T>(
  judged: J,
  all: Iterable<readonly [name: string, T]>,
  limit: Limit | undefined,
  measure: (each: T) => number,
  say: (name: string, worst: T, value: number, others: string) => string,
): J {
  if (limit === undefined) return judged;
  const { value, except } = limit;
  const over = [...all]
    .filter(([name, each]) => measure(each) > value && !except.includes(name))
    .sort(([, a], [, b]) => measure(b) - measure(a));
  if (over.length === 0) return judged;
  const [[name, worst]] = over;
  const others =
    over.length === 1 ? '' : `; ${over.length - 1} more ${over.length === 2 ? 'is' : 'are'} beyond it`;
  return { ...judged, verdict: 'fail', reasons: [say(name, worst, value, others), ...judged.reasons] };
}
