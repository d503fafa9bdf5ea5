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
