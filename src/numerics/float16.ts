import { roundHalfToEven } from './rounding.ts';

/** The largest finite number of IEEE 754 binary16. */
export const LARGEST_FLOAT16 = 65504;

/** The least magnitude that rounds to infinity: half a step above the largest, which ties to even take up. */
export const OVERFLOW_FLOAT16 = 65520;

/** The exponent of subnormal numbers and of the least normal ones, and the bits behind the point. */
const LEAST_EXPONENT = -14;
const FRACTION_BITS = 10;

/** The least number above 0, a subnormal one. */
const LEAST_FLOAT16 = 2 ** (LEAST_EXPONENT - FRACTION_BITS);

/** Values of IEEE 754 binary16 numbers that are given by their bits. */
export function fromFloat16(bits: ArrayLike<number>): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) {
    const half = bits[i];
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) values[i] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) values[i] = sign * fraction * 2 ** -24;
    else values[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return values;
}

/** Bits of the nearest IEEE 754 binary16 numbers, ties to even; what is too large becomes infinite. */
export function toFloat16(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = encode(values[i]);
  return bits;
}

/**
 * Weights as TensorRT keeps them in FP16: the nearest binary16 numbers, ties to even, but the closest finite one of what
 * is beyond its range, and the least one of what would round to 0. Its builder's log says so: "Finite FP32 values which
 * would overflow in FP16 detected. Converting to closest finite FP16 value", "Values less than smallest positive FP16
 * Subnormal value detected. Converting to FP16 minimum subnormalized value".
 */
export function float16Weights(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const rounded = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0 || !Number.isFinite(value)) {
      rounded[i] = value;
      continue;
    }
    const step = STEPS[(bits[i] >>> 23) & 0xff];
    const magnitude = Math.max(roundHalfToEven(Math.abs(value) / step) * step, LEAST_FLOAT16);
    rounded[i] = Math.sign(value) * Math.min(magnitude, LARGEST_FLOAT16);
  }
  return rounded;
}

/** The distance between neighbouring binary16 numbers, by the exponent bits of a float32: a power takes long. */
const STEPS = Float64Array.from(
  { length: 256 },
  (_, exponent) => 2 ** (Math.max(exponent - 127, LEAST_EXPONENT) - FRACTION_BITS),
);

function encode(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(magnitude)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // The spacing of binary16 numbers: of the subnormals, or of the magnitude's binade.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const steps = roundHalfToEven(magnitude * 2 ** (10 - exponent));
  // The bits count steps from zero, binade after binade: a carry out of the fraction raises the exponent by itself.
  return sign | (steps + (exponent + 14) * 1024);
}
