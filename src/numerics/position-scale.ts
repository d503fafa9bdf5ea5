import { UserError } from '../errors.ts';
import { round } from './rounding.ts';

/** Cambricon's fixed point: real = (q − offset) · 2^position / scale, with q on a signed grid of all its integers. */
export interface PositionScale {
  readonly position: number;
  /** What the step lacks to a power of two, in float64; a chip holds it as float32. */
  readonly scale: number;
  /** The zero point. */
  readonly offset: number;
}

/** Below it a float32 step is subnormal, and what it belongs to counts as zero everywhere. */
const SMALLEST_STEP = 2 ** -126;
const ZERO: PositionScale = { position: 0, scale: 1, offset: 0 };

/**
 * Parameters of the symmetric grid of `bits` bits that reaches `absmax` >= 0:
 * position = floor(log2 absmax) − (bits − 2), scale = 2^position · (2^(bits−1) − 1) / absmax, so 2^position / scale is
 * the step absmax / (2^(bits−1) − 1). Source: QUANTIZE_POSITION_SCALE in mlu-ops, core/tool.cpp.
 *
 * @throws UserError for NaN, a negative and an infinite `absmax`
 * @example positionScale(100, 8) // { position: 0, scale: 1.27, offset: 0 }
 */
export function positionScale(absmax: number, bits: number): PositionScale {
  if (!(absmax >= 0 && absmax < Infinity)) {
    throw new UserError(`${absmax} is not a largest magnitude: it must be finite and not negative`);
  }
  const qmax = 2 ** (bits - 1) - 1;
  if (absmax / qmax < SMALLEST_STEP) return ZERO;
  const position = exponentOf(absmax) - (bits - 2);
  return { position, scale: (2 ** position * qmax) / absmax, offset: 0 };
}

/**
 * Parameters of the signed asymmetric grid of `bits` bits over [min, max], widened to hold zero:
 * position = floor(log2(max − min)) − (bits − 1), scale = 2^position · (2^bits − 1) / (max − min),
 * offset = round(−2^(bits−1) − min · (2^bits − 1) / (max − min)), ties away from zero. Source:
 * QUANTIZE_POSITION_SCALE_OFFSET in mlu-ops, core/tool.cpp.
 *
 * @throws UserError when an end is not finite or min > max
 */
export function positionScaleOffset(min: number, max: number, bits: number): PositionScale {
  const span = Math.max(max, 0) - Math.min(min, 0);
  if (!(min <= max) || !Number.isFinite(span)) {
    throw new UserError(
      `[${min}, ${max}] is not a range: both ends must be finite and the first not above the second`,
    );
  }
  const steps = 2 ** bits - 1;
  if (span / steps < SMALLEST_STEP) return ZERO;
  const position = exponentOf(span) - (bits - 1);
  const offset = round(-(2 ** (bits - 1)) - (Math.min(min, 0) * steps) / span, 'half-away-from-zero');
  return { position, scale: (2 ** position * steps) / span, offset };
}

/** Real units per integer, 2^position / scale, as float32. */
export function stepOf({ position, scale }: Pick<PositionScale, 'position' | 'scale'>): number {
  return Math.fround(2 ** position / scale);
}

/** floor(log2 x), also where Math.log2 rounds up to an integer that x does not reach. */
function exponentOf(x: number): number {
  const exponent = Math.floor(Math.log2(x));
  return 2 ** exponent > x ? exponent - 1 : exponent;
}
