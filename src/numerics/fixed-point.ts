import { round } from './rounding.ts';

/** A positive real factor as an integer: factor ≈ multiplier · 2^−fractionBits. */
export interface FixedPoint {
  /** 0 to 2^31 − 1. */
  readonly multiplier: number;
  /** How many of its bits lie behind the point. */
  readonly fractionBits: number;
}

const MOST_MULTIPLIER = 2 ** 31 - 1;

/** Factors from here on leave fewer fraction bits than `rescaleHalfUp` computes with. */
const TOO_LARGE = 2 ** 15;

/**
 * The fixed-point factor of Hexagon NN's convolutions (nnlib, supernode_utils.h): 31 fraction bits for factors up to
 * 1, fewer by the exponent of larger ones. It is not normalized, so that a factor of 2^−10 has 21 significant bits.
 *
 * @param factor input scale × weight scale / output scale, above 0 and below 2^15
 */
export function hexagonFixedPoint(factor: number): FixedPoint {
  if (!(factor > 0 && factor < TOO_LARGE)) throw new RangeError(`${factor} is no rescale factor`);
  const shift = factor > 1 ? exponentOf(factor) : 0;
  const fractionBits = 31 - shift;
  const multiplier = Math.min(round(factor * 2 ** fractionBits, 'half-away-from-zero'), MOST_MULTIPLIER);
  return { multiplier, fractionBits };
}

/**
 * The normalized fixed-point factor of TFLite (QuantizeMultiplier in quantization_util.cc): the multiplier has its
 * highest bit set, and factor ≈ multiplier · 2^(shift − 31). Below 2^−32 the factor is flushed to 0.
 *
 * @param factor above 0 and below 2^15
 */
export function tfliteFixedPoint(factor: number): { readonly multiplier: number; readonly shift: number } {
  if (!(factor > 0 && factor < TOO_LARGE)) throw new RangeError(`${factor} is no rescale factor`);
  let shift = exponentOf(factor);
  let multiplier = round(factor * 2 ** (31 - shift), 'half-away-from-zero');
  if (multiplier > MOST_MULTIPLIER) {
    multiplier /= 2;
    shift += 1;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/** The least e with x < 2^e, as C's frexp has it. */
function exponentOf(x: number): number {
  let e = Math.ceil(Math.log2(x));
  // log2 of a number next to a power of two may round to it.
  while (x >= 2 ** e) e++;
  while (x < 2 ** (e - 1)) e--;
  return e;
}

/**
 * floor(accumulator · multiplier / 2^fractionBits + 1/2), exactly: Hexagon's multiplication, whose ties go up. The
 * product has up to 62 bits, so it is made of two halves of the multiplier that float64 holds.
 *
 * @param accumulator an integer of at most 32 bits
 */
export function rescaleHalfUp(accumulator: number, { multiplier, fractionBits }: FixedPoint): number {
  const high = Math.floor(multiplier / 2 ** 16);
  const low = multiplier - high * 2 ** 16;
  const lower = accumulator * low + 2 ** (fractionBits - 1);
  return Math.floor((accumulator * high + Math.floor(lower / 2 ** 16)) / 2 ** (fractionBits - 16));
}

/**
 * TFLite's rescale with its two roundings (MultiplyByQuantizedMultiplier): the upper half of the doubled 64-bit
 * product, ties up (SaturatingRoundingDoublingHighMul), then a division by a power of two, ties away from zero
 * (RoundingDivideByPOT). A tie of the second rounding may stem from the first, so results differ from a single
 * rounding by 1 at times.
 *
 * @param accumulator an integer of at most 32 bits
 */
export function rescaleTflite(
  accumulator: number,
  { multiplier, shift }: { readonly multiplier: number; readonly shift: number },
): number {
  const x = BigInt(accumulator) << BigInt(Math.max(shift, 0));
  const product = x * BigInt(multiplier);
  // Truncation, as C divides, after a nudge of one half towards the sign.
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const highMul = (product + nudge) / (1n << 31n);
  return round(Number(highMul) / 2 ** Math.max(-shift, 0), 'half-away-from-zero');
}
