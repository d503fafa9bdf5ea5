import type { VerifiedTarget } from '../verification/verification-schema.ts';
import { measured } from '../words/figures.ts';
import type { MetricUnit } from '../words/metric-units.ts';

/** That a target was checked on the vendor's library or a device, and what that gave; plain text, not escaped. */
export function verifiedSentence(verified: VerifiedTarget, unit: MetricUnit): string {
  const { outcome, library, version, date, samples } = verified;
  const by = [library, version].filter((part) => part !== '').join(' ');
  const [got, predicted] = [verified.measured, verified.predicted].map((value) => measured(value, unit));
  const what = { agrees: '', differs: 'differs: ', 'cannot-tell': 'does not tell: ' }[outcome];
  return `checked against ${by} on ${date.slice(0, 10)}: ${what}${got} beside ${predicted} predicted on ${samples} samples`;
}
