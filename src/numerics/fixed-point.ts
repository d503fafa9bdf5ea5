import { round } from './rounding.ts';

/** A positive real factor as an integer: factor ≈ multiplier · 2^−fractionBits. */
export interface FixedPoint {
  /** 0 to 2^31 − 1. */
  readonly multiplier: number;
  /** How many of its bits lie behind the point. */
  readonly fractionBits: number;
}

const MAX_MULTIPLIER = 2 ** 31 - 1;

/** Factors from here on leave fewer than the 16 fraction bits that the rescale needs. */
const TOO_LARGE = 2 ** 15;

/**
 * The fixed-point factor of Hexagon NN's convolutions (nnlib, supernode_utils.h): 31 fraction bits for factors up to
 * 1, fewer by the exponent of larger ones. It is not normalized, so that a factor of 2^−10 has 21 significant bits.
 *
 * @param factor input scale × weight scale / output scale, above 0 and below 2^15
 * @example hexagonFixedPoint(0.25) // { multiplier: 536870912, fractionBits: 31 }
 */
export function hexagonFixedPoint(factor: number): FixedPoint {
  if (!(factor > 0 && factor < TOO_LARGE)) throw new RangeError(`${factor} is no rescale factor`);
  const shift = factor > 1 ? exponentOf(factor) : 0;
  const fractionBits = 31 - shift;
  const multiplier = Math.min(round(factor * 2 ** fractionBits, 'half-away-from-zero'), MAX_MULTIPLIER);
  return { multiplier, fractionBits };
}

/** The least e with x < 2^e, as C's frexp has it. */
export function exponentOf(x: number): number {
  let e = Math.ceil(Math.log2(x));
  // log2 of a number next to a power of two may round to it.
  while (x >= 2 ** e) e++;
  while (x < 2 ** (e - 1)) e--;
  return e;
}
