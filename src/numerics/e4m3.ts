import { roundHalfToEven } from './rounding.ts';

/** The greatest number of E4M3, and what the whole range of a tensor is laid over. */
export const GREATEST_E4M3 = 448;

const FRACTION_BITS = 3;
/** Exponent of the least normal number; below it numbers are 2^−9 apart. */
const LEAST_EXPONENT = -6;
const NAN_BITS = 0x7f;

/**
 * `x` rounded to the nearest number of FP8 E4M3 (float8e4m3fn: 4 bits of exponent with bias 7, 3 of fraction, no infinity;
 * Micikevicius et al., "FP8 formats for deep learning", arXiv 2209.05433), ties to the even fraction. It goes on beyond
 * 448 as if there were more exponents: who saturates clamps. Never −0; NaN stays NaN.
 *
 * Halves go to the even one: 1.0625 lies half way to 1.125, 2^-10 half way to the least subnormal number.
 *
 * @example roundToE4m3(1.0625) // 1
 * @example roundToE4m3(2 ** -10) // 0
 */
export function roundToE4m3(x: number): number {
  const step = 2 ** (exponentOf(Math.abs(x)) - FRACTION_BITS);
  return roundHalfToEven(x / step) * step;
}

/** Bits of numbers of E4M3, from 0 to 255; NaN is 0x7f. */
export function toE4m3(numbers: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(numbers, (x) => {
    if (Number.isNaN(x)) return NAN_BITS;
    return (x < 0 ? 0x80 : 0) | e4m3Steps(Math.abs(x));
  });
}

/** The numbers of E4M3 that are given by their bits. */
export function fromE4m3(bits: ArrayLike<number>): Float32Array {
  return Float32Array.from(bits, (code) => {
    const magnitude = code & 0x7f;
    if (magnitude === NAN_BITS) return NaN;
    const exponent = Math.max(magnitude >> FRACTION_BITS, 1) + LEAST_EXPONENT - 1;
    // A normal number has a leading one that is not among its bits.
    const steps = magnitude < 8 ? magnitude : 8 + (magnitude & 7);
    return (code & 0x80 ? -1 : 1) * steps * 2 ** (exponent - FRACTION_BITS);
  });
}

/** How many numbers of E4M3 lie from zero, left out, to a nonnegative one of them, counted in: its bits, 0 to 126. */
export function e4m3Steps(magnitude: number): number {
  const exponent = exponentOf(magnitude);
  return magnitude * 2 ** (FRACTION_BITS - exponent) + (exponent - LEAST_EXPONENT) * 8;
}

function exponentOf(magnitude: number): number {
  return magnitude < 2 ** LEAST_EXPONENT ? LEAST_EXPONENT : Math.floor(Math.log2(magnitude));
}
