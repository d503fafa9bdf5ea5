import { UserError } from '../errors.ts';
import { GREATEST_E4M3, roundToE4m3 } from './e4m3.ts';
import { type Rounding, round, roundHalfToEven } from './rounding.ts';

/** The codes a tensor may take: the integers from `qmin` to `qmax`, or the numbers of a floating-point type. */
export interface Grid {
  /** Width of the stored code, 2 to 16. */
  readonly bits: number;
  readonly qmin: number;
  readonly qmax: number;
  /** The zero point is 0 and the scale is set by the larger of |α| and |β|. */
  readonly symmetric: boolean;
  /** The floating-point type whose numbers from `qmin` to `qmax` are the codes; absent for integers. */
  readonly float?: 'e4m3';
}

/** Bits of an activation that no grid is laid over. */
export const FLOAT_BITS = 32;

/** Real values that a tensor is meant to cover, alpha <= beta. */
export interface Range {
  readonly alpha: number;
  readonly beta: number;
}

/** x̂ = (q − zeroPoint) · scale. */
export interface QuantParams {
  /** The least real value of the grid, (qmin − zeroPoint) · scale: not always the one asked for. */
  readonly alpha: number;
  /** The greatest real value of the grid, (qmax − zeroPoint) · scale. */
  readonly beta: number;
  /** Real units per integer; a normal, positive float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The least positive float32 that no chip flushes to zero. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Signed grid around zero: [−2^(bits−1), 2^(bits−1) − 1], or without its lowest integer where the target is
 * `restricted` to [−127, 127] and the like. The step is the same in both: absmax / (2^(bits−1) − 1).
 *
 * @example symmetricGrid(8, { restricted: true }) // { bits: 8, qmin: -127, qmax: 127, symmetric: true }
 */
export function symmetricGrid(bits: number, { restricted }: { restricted: boolean }): Grid {
  const half = 2 ** (checkedBits(bits) - 1);
  return { bits, qmin: restricted ? 1 - half : -half, qmax: half - 1, symmetric: true };
}

/**
 * All 2^bits integers, from 0 or, `signed`, from −2^(bits−1); the zero point is free.
 *
 * @example asymmetricGrid(8, false) // { bits: 8, qmin: 0, qmax: 255, symmetric: false }
 */
export function asymmetricGrid(bits: number, signed: boolean): Grid {
  const levels = 2 ** checkedBits(bits);
  const qmin = signed ? -levels / 2 : 0;
  return { bits, qmin, qmax: qmin + levels - 1, symmetric: false };
}

/** The numbers of FP8 E4M3, −448 to 448: the scale is absmax / 448, as NVIDIA's Model Optimizer has it. */
export const e4m3Grid: Grid = {
  bits: 8,
  qmin: -GREATEST_E4M3,
  qmax: GREATEST_E4M3,
  symmetric: true,
  float: 'e4m3',
};

function checkedBits(bits: number): number {
  if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
    throw new UserError(`a grid of ${bits} bits is not supported: use a whole number from 2 to 16`);
  }
  return bits;
}

/**
 * Scale and zero point that lay `grid` over `range`, widened to hold zero.
 *
 * - asymmetric: s = (β − α) / (qmax − qmin), z = clamp(RNE(qmin − α/s), qmin, qmax);
 * - symmetric: s = max(|α|, |β|) / qmax, z = 0.
 *
 * Every target stores the scale as float32, so s is computed in float64 and rounded once at the end; z comes
 * from the unrounded s. That is ONNX Runtime's convention (quantization/quant_utils.py, compute_scale_zp; its
 * β − α is rounded to float32 first, which can move the last bit of s). So is the dead range: a scale below the
 * least normal float32, zero included, becomes 1 with zero point 0, for a subnormal scale divides by zero on
 * hardware that flushes. There is no absolute epsilon.
 *
 * @throws UserError for NaN, infinite ends, alpha > beta, and a range whose scale overflows float32
 * @example quantParams({ alpha: -1, beta: 127 }, { bits: 8, qmin: -127, qmax: 127, symmetric: true }).scale // 1
 */
export function quantParams(range: Range, grid: Grid): QuantParams {
  const { qmin, qmax } = grid;
  if (!Number.isFinite(range.alpha) || !Number.isFinite(range.beta) || range.alpha > range.beta) {
    throw new UserError(
      `[${range.alpha}, ${range.beta}] is not a range: both ends must be finite and the first not above the second`,
    );
  }
  const a = Math.min(range.alpha, 0);
  const b = Math.max(range.beta, 0);
  const step = grid.symmetric ? Math.max(-a, b) / qmax : (b - a) / (qmax - qmin);
  const scale = Math.fround(step);
  if (scale === Infinity) {
    throw new UserError(
      `the range [${range.alpha}, ${range.beta}] does not fit float32: choose a smaller one`,
    );
  }
  if (scale < SMALLEST_NORMAL) return gridParams(1, 0, grid);
  return gridParams(scale, grid.symmetric ? 0 : clamp(roundHalfToEven(qmin - a / step), qmin, qmax), grid);
}

/** The parameters of a given scale (rounded to float32) and integer zero point, with the range they represent. */
export function gridParams(scale: number, zeroPoint: number, grid: Grid): QuantParams {
  const s = Math.fround(scale);
  // "+ 0" keeps −0 out of reports and parameter files.
  return {
    alpha: (grid.qmin - zeroPoint) * s + 0,
    beta: (grid.qmax - zeroPoint) * s + 0,
    scale: s,
    zeroPoint,
  };
}

/** A code rounded to, from a quotient that the grid reaches or not. */
function nearestCode(x: number, grid: Grid, rounding: Rounding): number {
  return grid.float === undefined ? round(x, rounding) : roundToE4m3(x);
}

/**
 * q = clamp(round(x / s) + z). The quotient is rounded to float32 before it is rounded to an integer, because
 * ONNX's QuantizeLinear divides in float32 and a tie there must be a tie here. `x` is a float32 value.
 */
export function quantizeValue(x: number, params: QuantParams, grid: Grid, rounding: Rounding): number {
  const q = nearestCode(Math.fround(x / params.scale), grid, rounding) + params.zeroPoint;
  return clamp(q, grid.qmin, grid.qmax);
}

/** (q − z) · s in float32, as DequantizeLinear computes it. */
export function dequantizeValue(q: number, params: Pick<QuantParams, 'scale' | 'zeroPoint'>): number {
  return Math.fround((q - params.zeroPoint) * params.scale);
}

/** A grid, and how values that lie between two of its integers get onto it; numbers of a floating-point type take ties to even. */
export interface RoundedGrid {
  readonly grid: Grid;
  readonly rounding: Rounding;
}

/**
 * Quantize and dequantize `input` into `output`, which may be the same array. Bit for bit what QuantizeLinear
 * and DequantizeLinear do to float32, with any rounding; NaN stays NaN.
 */
export function fakeQuantize(
  input: Float32Array,
  output: Float32Array,
  params: QuantParams,
  { grid, rounding }: RoundedGrid,
): void {
  const { scale, zeroPoint } = params;
  const lowest = grid.qmin - zeroPoint;
  const highest = grid.qmax - zeroPoint;
  for (let i = 0; i < input.length; i++) {
    // Rounding is monotone and leaves codes alone, so clamping first gives the same code.
    output[i] = nearestCode(clamp(Math.fround(input[i] / scale), lowest, highest), grid, rounding) * scale;
  }
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
