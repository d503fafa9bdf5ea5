import { count } from '../words/counts.ts';
import { tinyShare } from '../words/ranges.ts';
import type { JudgedTarget } from './report-schema.ts';

/** From this share of the multiplications on, what stays in floating point decides what a chip gains. */
const WORTH_SAYING = 0.1;

/**
 * The sentence about multiplications that stay in floating point, where they are more than a tenth of the model's or their
 * number is not known; it holds names of the model as they are.
 */
export function floatSentence({ floatMultiplications }: JudgedTarget): string | undefined {
  if (floatMultiplications === undefined) return undefined;
  const { share, most, unknown } = floatMultiplications;
  const operators = unknown === 1 ? '1 operator' : `${count(unknown)} operators`;
  if (share <= WORTH_SAYING)
    return unknown === 0
      ? undefined
      : `how much ${operators} ${unknown === 1 ? 'multiplies' : 'multiply'} in floating point is not known, as shapes are not`;
  const { layer, op, share: part } = most!;
  const largest =
    part < share ? `the largest part in "${layer}" (${op}, ${tinyShare(part)})` : `all in "${layer}" (${op})`;
  const rest = unknown === 0 ? '' : `, not counting ${operators} of unknown shapes`;
  return `${tinyShare(share)} of the multiplications of the model stay in floating point, ${largest}${rest}`;
}
