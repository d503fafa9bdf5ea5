import { type QuantParams, quantizeValue, type RoundedGrid } from '../numerics/grid.ts';
import { rowDot, timesMatrix } from './row-products.ts';

/**
 * The weights of one group of a linear layer to be put onto a grid, with what the layer sees. Sought are codes q whose
 * weights ŵ = (q − z)·s make the output of the quantized layer, ŵ x̂, near to that of FP32, w x. But for a constant,
 * the mean square of the difference is of each row
 *
 *     L(ŵ) = ŵ H ŵᵀ − 2 w K ŵᵀ.
 */
export interface RowProblem {
  readonly rows: number;
  readonly depth: number;
  /** FP32 weights, [rows, depth] row-major. */
  readonly weights: Float64Array;
  /**
   * H = E[x̂ x̂ᵀ], [depth, depth]: x̂ what the layer reads in the quantized model. Symmetric. (May be centred by the
   * caller where the bias takes up the mean.)
   */
  readonly h: Float64Array;
  /** K = E[x x̂ᵀ], [depth, depth] row-major: x what it reads in FP32. `h` itself where only the weights are rounded. */
  readonly k: Float64Array;
  /** One per row (the same object for all rows where the tensor has one). */
  readonly params: readonly QuantParams[];
  readonly onto: RoundedGrid;
}

/** Of the mean diagonal of H: an input of less power than that is not seen, and H says nothing of its weights. */
const UNSEEN = 1e-8;

/** H_jj, and 0 for inputs that are not seen, [depth]. */
export function seenPower({ h, depth }: RowProblem): Float64Array {
  const power = Float64Array.from({ length: depth }, (_, j) => h[j * (depth + 1)]);
  const least = (UNSEEN * power.reduce((sum, p) => sum + p, 0)) / depth;
  return power.map((p) => (p > least ? p : 0));
}

/** The codes that a chip's tool gives the weights as float32, [rows, depth]. */
export function nearestCodes({ weights, depth, params, onto }: RowProblem): Int32Array {
  const codes = new Int32Array(weights.length);
  for (let i = 0; i < codes.length; i++) {
    codes[i] = quantizeValue(
      Math.fround(weights[i]),
      params[Math.floor(i / depth)],
      onto.grid,
      onto.rounding,
    );
  }
  return codes;
}

/** ŵ = (q − z)·s of codes [rows, depth]. */
export function rowValues(
  { depth, params }: Pick<RowProblem, 'depth' | 'params'>,
  codes: Int32Array,
): Float64Array {
  return Float64Array.from(codes, (q, i) => {
    const { scale, zeroPoint } = params[Math.floor(i / depth)];
    return (q - zeroPoint) * scale;
  });
}

/** Row by row, the codes of less noise: `first` where both have the same. Codes and result are [rows, depth]. */
export function betterRows(problem: RowProblem, first: Int32Array, second: Int32Array): Int32Array {
  const wanted = wantedProducts(problem);
  const ofFirst = noiseOf(problem, wanted, rowValues(problem, first));
  const ofSecond = noiseOf(problem, wanted, rowValues(problem, second));
  return chooseRows(problem, { codes: first, noise: ofFirst }, { codes: second, noise: ofSecond });
}

/** Codes [rows, depth] with the noise of each row. */
export interface RatedCodes {
  readonly codes: Int32Array;
  readonly noise: Float64Array;
}

/** `betterRows` where the noise is known. */
export function chooseRows({ rows, depth }: RowProblem, first: RatedCodes, second: RatedCodes): Int32Array {
  const chosen = first.codes.slice();
  for (let r = 0; r < rows; r++) {
    if (second.noise[r] < first.noise[r]) {
      chosen.set(second.codes.subarray(r * depth, (r + 1) * depth), r * depth);
    }
  }
  return chosen;
}

/** w K, [rows, depth]. */
export function wantedProducts({ weights, k, rows, depth }: RowProblem): Float64Array {
  return timesMatrix(weights, k, rows, depth);
}

/** L of each row. It is below zero, for the constant w E[x xᵀ] wᵀ is left out. */
function noiseOf({ h, rows, depth }: RowProblem, wanted: Float64Array, values: Float64Array): Float64Array {
  const pull = timesMatrix(values, h, rows, depth);
  for (let i = 0; i < pull.length; i++) pull[i] -= 2 * wanted[i];
  return rowDot(values, pull, rows, depth);
}
