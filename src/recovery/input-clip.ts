import { type QuantParams, quantizeValue, quantParams, type Range } from '../numerics/grid.ts';
import type { RowProblem } from './row-problem.ts';

const CANDIDATES = 40;
const LEAST_RATIO = 0.35;

/** 1 … 0.35. */
const ratios = Array.from({ length: CANDIDATES }, (_, i) => 1 - (i * (1 - LEAST_RATIO)) / (CANDIDATES - 1));

/**
 * Parameters, one per row, of the present range shrunk by the ratio of least Σ_j H_jj (w_j − ŵ_j)², ŵ by nearest
 * rounding: the error of the output if inputs were uncorrelated. Of equal ratios the largest is taken; ratio 1 are the
 * present parameters themselves.
 *
 * @param sharedByAll one ratio for all rows, whose present parameters are the same
 */
export function clippedParams(problem: RowProblem, sharedByAll: boolean): QuantParams[] {
  const { rows, params } = problem;
  if (sharedByAll) return new Array(rows).fill(sharedParams([problem]));
  const power = inputPower(problem);
  return params.map((present, r) =>
    leastError(present, problem, (candidate, limit) => rowError(problem, power, r, candidate, limit)),
  );
}

/** As `clippedParams`, one for the rows of all problems: the groups of a layer whose weights have one scale. */
export function sharedParams(problems: readonly RowProblem[]): QuantParams {
  const powers = problems.map(inputPower);
  return leastError(problems[0].params[0], problems[0], (candidate, limit) => {
    let sum = 0;
    problems.forEach((problem, i) => {
      for (let r = 0; r < problem.rows && sum < limit; r++) {
        sum += rowError(problem, powers[i], r, candidate, limit - sum);
      }
    });
    return sum;
  });
}

function leastError(
  present: QuantParams,
  { onto: { grid } }: RowProblem,
  errorOf: (candidate: QuantParams, limit: number) => number,
): QuantParams {
  // A symmetric grid has one integer more below zero than its scale is made for.
  const range: Range = grid.symmetric ? { alpha: -present.beta, beta: present.beta } : present;
  let best = { params: present, error: Infinity };
  for (const ratio of ratios) {
    const params =
      ratio === 1 ? present : quantParams({ alpha: range.alpha * ratio, beta: range.beta * ratio }, grid);
    const error = errorOf(params, best.error);
    if (error < best.error) best = { params, error };
  }
  return best.params;
}

function inputPower({ h, depth }: RowProblem): Float64Array {
  return Float64Array.from({ length: depth }, (_, j) => Math.max(h[j * (depth + 1)], 0));
}

/** The sum is given up as soon as it reaches `limit`. */
function rowError(
  { weights, depth, onto: { grid, rounding } }: RowProblem,
  power: Float64Array,
  row: number,
  params: QuantParams,
  limit: number,
): number {
  let sum = 0;
  for (let j = 0, i = row * depth; j < depth && sum < limit; j++, i++) {
    const q = quantizeValue(Math.fround(weights[i]), params, grid, rounding);
    sum += power[j] * (weights[i] - (q - params.zeroPoint) * params.scale) ** 2;
  }
  return sum;
}
