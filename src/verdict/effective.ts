import type { InconclusivePolicy } from '../config/inconclusive-policy.ts';
import type { Judged } from './combine.ts';

/**
 * What counts under the policy for inconclusive verdicts: `warn` leaves it inconclusive, `pass` and `fail` turn it
 * into theirs and say so in the reasons. Other verdicts stay as they are.
 */
export function effective<J extends Judged>(judged: J, policy: InconclusivePolicy): J {
  if (judged.verdict !== 'inconclusive' || policy === 'warn') return judged;
  const reason = `inconclusive, counted as ${policy} by on-inconclusive: ${policy}`;
  return { ...judged, verdict: policy, reasons: [...judged.reasons, reason] };
}
