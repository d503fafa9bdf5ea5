import type { FixedPoint } from '../../src/numerics/fixed-point.ts';
import { round } from '../../src/numerics/rounding.ts';

// How chips and TFLite rescale an accumulator, bit by bit: what the graphs of src/emulation are held against.

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
 * The normalized fixed-point factor of TFLite (QuantizeMultiplier in quantization_util.cc): the multiplier has its
 * highest bit set, and factor ≈ multiplier · 2^(shift − 31). Below 2^−32 the factor is flushed to 0.
 *
 * @param factor above 0 and below 2^15
 */
export function tfliteFixedPoint(factor: number): { readonly multiplier: number; readonly shift: number } {
  let shift = Math.floor(Math.log2(factor)) + 1;
  let multiplier = round(factor * 2 ** (31 - shift), 'half-away-from-zero');
  if (multiplier > 2 ** 31 - 1) {
    multiplier /= 2;
    shift += 1;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
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
