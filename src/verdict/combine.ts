/** `error`: nothing could be judged. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

/** A verdict and why. */
export interface Judged {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

export const worstFirst: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'pass'];

/** The worst of several verdicts; `error` of none, because a gate that judged nothing must not pass. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  return worstFirst.find((verdict) => verdicts.includes(verdict)) ?? 'error';
}

/**
 * A judgement with others of the same thing: the worst verdict counts, and what is worse is said first. What passes beside
 * it is not said.
 */
export function combined<J extends Judged>(judged: J, others: readonly Judged[]): J {
  const rank = ({ verdict }: Judged) => worstFirst.indexOf(verdict);
  const all = [judged, ...others.filter(({ verdict }) => verdict !== 'pass')].sort(
    (a, b) => rank(a) - rank(b),
  );
  return { ...judged, verdict: all[0].verdict, reasons: all.flatMap(({ reasons }) => reasons) };
}
