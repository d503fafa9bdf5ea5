import { UserError } from '../errors.ts';

/**
 * A step out of somebody's file, as float32.
 *
 * @param at file and line or key, for the message
 * @throws UserError when it is zero, negative, not finite, or not so as float32
 */
export function checkedStep(step: number, at: string): number {
  const float32 = Math.fround(step);
  if (!(float32 > 0 && float32 < Infinity)) {
    throw new UserError(`${at}: a step of ${step} is not a positive float32 number: make the file again`);
  }
  return float32;
}
