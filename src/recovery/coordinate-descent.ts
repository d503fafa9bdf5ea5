import { roundHalfToEven } from '../numerics/rounding.ts';
import {
  chooseRows,
  nearestCodes,
  type RowProblem,
  rowValues,
  seenPower,
  wantedProducts,
} from './row-problem.ts';
import { rowDot, timesMatrix } from './row-products.ts';

/**
 * Codes [rows, depth] that no change of a single one improves, or `sweeps` sweeps on the way there: inputs in order of
 * falling power, each code set to the best one while the others stay (COMQ, arXiv 2403.07134, with the inputs of FP32 in
 * the target). The noise of no row is greater than that of `start`.
 *
 * @param start codes in the grid, [rows, depth]; the nearest ones if left out
 */
export function coordinateDescent(
  problem: RowProblem,
  start: Int32Array = nearestCodes(problem),
  sweeps = 4,
): Int32Array {
  const { h, rows, depth } = problem;
  const wanted = wantedProducts(problem);
  /** R = w K − ŵ H: half the slope of L, downwards. */
  const residual = timesMatrix(rowValues(problem, start), h, rows, depth);
  for (let i = 0; i < residual.length; i++) residual[i] = wanted[i] - residual[i];
  const state = { codes: start.slice(), residual };
  const before = noiseFrom(problem, wanted, state);
  const order = seenInputs(problem);
  for (let i = 0; i < sweeps && sweep(problem, order, state); i++);
  return chooseRows(
    problem,
    { codes: start, noise: before },
    { codes: state.codes, noise: noiseFrom(problem, wanted, state) },
  );
}

interface State {
  /** Changed in place. */
  readonly codes: Int32Array;
  readonly residual: Float64Array;
}

/** L of each row, which is −ŵ·(R + w K). */
function noiseFrom(problem: RowProblem, wanted: Float64Array, { codes, residual }: State): Float64Array {
  const against = wanted.map((x, i) => -x - residual[i]);
  return rowDot(rowValues(problem, codes), against, problem.rows, problem.depth);
}

/** The inputs that are seen, by falling power. */
function seenInputs(problem: RowProblem): number[] {
  const power = seenPower(problem);
  const seen = [...power.keys()].filter((j) => power[j] > 0);
  return seen.sort((a, b) => power[b] - power[a]);
}

/** Says whether a code changed. */
function sweep(problem: RowProblem, order: readonly number[], { codes, residual }: State): boolean {
  const { h, rows, depth, params } = problem;
  const { qmin, qmax } = problem.onto.grid;
  let changed = false;
  for (const j of order) {
    const power = h[j * (depth + 1)];
    for (let r = 0; r < rows; r++) {
      const at = r * depth + j;
      const { scale } = params[r];
      // Of two codes as good as each other the present one stays.
      const best = codes[at] + roundHalfToEven(residual[at] / (power * scale));
      const code = Math.min(Math.max(best, qmin), qmax);
      if (code === codes[at]) continue;
      moveAway(residual, r * depth, h, j * depth, (code - codes[at]) * scale, depth);
      codes[at] = code;
      changed = true;
    }
  }
  return changed;
}

function moveAway(
  residual: Float64Array,
  row: number,
  h: Float64Array,
  column: number,
  by: number,
  depth: number,
) {
  for (let k = 0; k < depth; k++) residual[row + k] -= by * h[column + k];
}
