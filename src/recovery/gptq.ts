import { upperFactor } from '../numerics/cholesky.ts';
import { quantizeValue } from '../numerics/grid.ts';
import { nearestCodes, type RowProblem } from './row-problem.ts';
import { timesMatrix } from './row-products.ts';

/**
 * λ, of the mean diagonal of H: what GPTQ's authors add, and more where float32's rounding has left H indefinite, as that of
 * inputs that hardly vary.
 */
const DAMPINGS = [0.01, 0.1, 1, 10];

/**
 * GPTQ (arXiv 2210.17323): codes [rows, depth], the inputs in their natural order, the error of each weight spread over
 * those that are not rounded yet. The weights it starts from are w* = w (K + λI)(H + λI)⁻¹, which with the inputs of the
 * quantized model give what w gives with those of FP32. Inputs that are always zero get the nearest codes, and so do all
 * where H says nothing.
 *
 * With H + λI = R Rᵀ, R upper, L is the square of (ŵ − w*) R, but for a constant. Its component j holds the weights up
 * to j only, so each weight in turn makes its own component least. That spreads errors as the Cholesky factor of
 * (H + λI)⁻¹ does, R⁻¹, and needs no inverse (arXiv 2507.18553 shows that they are the same).
 */
export function gptq(problem: RowProblem): Int32Array {
  const { weights, rows, depth } = problem;
  for (const damping of DAMPINGS) {
    const { h, k } = damped(problem, damping);
    const factor = upperFactor(h, depth);
    if (factor === undefined) continue;
    const open = timesMatrix(weights, k, rows, depth);
    for (let r = 0; r < rows; r++) solveRow(open, r * depth, factor, depth);
    return roundInOrder(problem, factor, open);
  }
  return nearestCodes(problem);
}

/** Copies of H and K with λ on the diagonal, and both the same there for inputs that are always zero. */
function damped({ h, k, depth }: RowProblem, damping: number): { h: Float64Array; k: Float64Array } {
  const [left, right] = [h.slice(), k.slice()];
  let trace = 0;
  for (let d = 0; d < h.length; d += depth + 1) trace += h[d];
  const lambda = (damping * trace) / depth;
  for (let d = 0; d < h.length; d += depth + 1) {
    left[d] += lambda;
    right[d] += lambda;
    if (h[d] === 0) left[d] = right[d] = 1;
  }
  return { h: left, k: right };
}

/** Row x of `x` becomes y with y Rᵀ = x, in its place: w* R where x is w K. */
function solveRow(x: Float64Array, row: number, factor: Float64Array, depth: number): void {
  for (let j = depth - 1; j >= 0; j--) {
    let sum = x[row + j];
    for (let i = j + 1, at = j * depth; i < depth; i++) sum -= x[row + i] * factor[at + i];
    x[row + j] = sum / factor[j * (depth + 1)];
  }
}

/** @param open w* R, [rows, depth]; what the weights rounded so far make of it is taken off, in its place */
function roundInOrder(
  { rows, depth, params, onto: { grid, rounding } }: RowProblem,
  factor: Float64Array,
  open: Float64Array,
): Int32Array {
  const codes = new Int32Array(rows * depth);
  for (let j = 0; j < depth; j++) {
    const diagonal = factor[j * (depth + 1)];
    for (let r = 0; r < rows; r++) {
      const at = r * depth + j;
      const code = quantizeValue(open[at] / diagonal, params[r], grid, rounding);
      codes[at] = code;
      takeOff(open, at, factor, j * (depth + 1), (code - params[r].zeroPoint) * params[r].scale, depth - j);
    }
  }
  return codes;
}

function takeOff(
  open: Float64Array,
  at: number,
  factor: Float64Array,
  from: number,
  value: number,
  length: number,
) {
  for (let i = 0; i < length; i++) open[at + i] -= value * factor[from + i];
}
