import type { Products } from './gram.ts';
import type { InputMoments } from './layer-sight.ts';
import { rowDot, timesMatrix } from './row-products.ts';

/** Weights of each group of a layer, [rows, depth], and what is added to the bias of each row. */
export interface LayerValues {
  readonly weights: readonly Float64Array[];
  readonly shifts: readonly Float64Array[];
}

/**
 * Noise power of a layer's outputs with values in place of FP32's, summed over the channels, but for a constant:
 * E(ŵx̂ + δ − wx)² − E(wx̂ − wx)².
 */
export type NoiseMeter = (values: LayerValues) => Promise<number>;

/** Multiplications from which ONNX Runtime is faster than a loop. */
const MANY = 2 ** 22;

/**
 * A meter on moments of what a layer reads, one for each group. With d = ŵ − w, which is small, so that products in float32
 * are precise enough, the noise of a row is d H dᵀ + 2 d·w(H − K) − 2δe + δ², e what the mean of the output is off by.
 *
 * @param given FP32 weights of each group, [rows, depth]
 */
export async function noiseMeter(
  given: readonly Float64Array[],
  rows: number,
  moments: readonly InputMoments[],
  products: Products,
): Promise<NoiseMeter> {
  const depth = moments[0].mean.length;
  const isLarge = rows * depth * depth >= MANY;
  const times = async (left: Float64Array, matrix: Float64Array, single: Float32Array | undefined) =>
    single === undefined
      ? timesMatrix(left, matrix, rows, depth)
      : Float64Array.from(await products.times(Float32Array.from(left), single, rows));
  const inSingle = (matrix: Float64Array) => (isLarge ? Float32Array.from(matrix) : undefined);
  const power = moments.map(({ h }) => inSingle(h));
  const slopes: Float64Array[] = [];
  for (const [group, { h, k }] of moments.entries()) {
    const difference = h.map((value, i) => value - k[i]);
    slopes.push(await times(given[group], difference, inSingle(difference)));
  }
  return async ({ weights, shifts }) => {
    let sum = 0;
    for (const [group, values] of weights.entries()) {
      const own = moments[group];
      const d = values.map((value, i) => value - given[group][i]);
      const pull = await times(d, own.h, power[group]);
      for (let i = 0; i < pull.length; i++) pull[i] += 2 * slopes[group][i];
      const errors = meanErrors(given[group], values, own);
      rowDot(d, pull, rows, depth).forEach((noise, row) => {
        const shift = shifts[group][row];
        sum += noise - 2 * shift * errors[row] + shift * shift;
      });
    }
    return sum;
  };
}

/** w·E[x] − ŵ·E[x̂] of each row. */
export function meanErrors(
  given: Float64Array,
  values: Float64Array,
  { mean, quantizedMean }: InputMoments,
): Float64Array {
  const depth = mean.length;
  const errors = new Float64Array(given.length / depth);
  for (let row = 0, i = 0; row < errors.length; row++)
    for (let d = 0; d < depth; d++, i++) errors[row] += given[i] * mean[d] - values[i] * quantizedMean[d];
  return errors;
}
