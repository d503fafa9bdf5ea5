/**
 * What happens to a value half way between two integers:
 * - `half-to-even`: TensorRT, ONNX and ONNX Runtime, IEEE 754's default;
 * - `half-away-from-zero`: Cambricon's default, TFLite, ncnn;
 * - `half-up` (towards +infinity): fixed-point rescaling that adds one half and shifts, as Hexagon's does.
 */
export type Rounding = 'half-to-even' | 'half-away-from-zero' | 'half-up';

/** From here on every float64 is an integer. */
const INTEGERS_FROM = 2 ** 52;

/** Added to anything below 2^51 in magnitude, of either sign, leaves no bits for a fraction. */
const FRACTION_EATER = 1.5 * 2 ** 52;

/**
 * `x` rounded to an integer, exactly for every float64: nothing is computed as floor(x + 0.5), whose sum
 * rounds 0.49999999999999994 up. Never returns −0 for a finite `x`; NaN and infinities come back as they are.
 * Free of branches on the data, because it runs on every weight.
 *
 * @example round(2.5, 'half-to-even') // 2
 * @example round(-2.5, 'half-up') // -2
 * @example round(-2.5, 'half-away-from-zero') // -3
 */
export function round(x: number, mode: Rounding): number {
  if (mode === 'half-to-even') return roundHalfToEven(x);
  if (!(Math.abs(x) < INTEGERS_FROM)) return x;
  // t counts halves. It is odd when x is at or past the half, and then one more than half of it is taken.
  if (mode === 'half-up') {
    const t = Math.floor(2 * x);
    return t - Math.floor(t / 2);
  }
  const t = Math.trunc(2 * x);
  return t - Math.trunc(t / 2);
}

/** `x` rounded to the nearest integer, ties to the even one: the processor's own rounding of a sum. */
export function roundHalfToEven(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < INTEGERS_FROM / 2) return x + FRACTION_EATER - FRACTION_EATER;
  if (!(magnitude < INTEGERS_FROM)) return x;
  const even = magnitude + INTEGERS_FROM - INTEGERS_FROM;
  return x < 0 ? -even : even;
}
