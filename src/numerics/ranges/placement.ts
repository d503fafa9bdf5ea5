import { type Cumulative, sumsBelow } from '../cumulative.ts';

/** A grid of the multiples `lowest` to `lowest + levels − 1` of `step`, a length in bin widths. */
export interface GridPlacement {
  readonly step: number;
  readonly lowest: number;
  /** Sum of squared errors, in bin widths squared. */
  readonly error: number;
}

/**
 * Up to this many levels every code's cell is summed exactly. Finer grids have steps of a dozen bins at most, over
 * which the histogram knows little structure, and take step²/12 per value.
 */
const MAX_EXACT_LEVELS = 512;

/**
 * A function that finds, for a step, the placement of least squared error of `levels` multiples of it that include
 * zero. Where the grid has its zero point fixed, `onlyLowest` says where; otherwise all placements are compared,
 * which is cheap because they share their inner cells.
 */
export function placementSearch(c: Cumulative, levels: number, onlyLowest: number | null) {
  const firstLowest = onlyLowest ?? 1 - levels;
  const lastLowest = onlyLowest ?? 0;
  if (levels > MAX_EXACT_LEVELS) {
    return (step: number) => bestFinePlacement(c, step, levels, firstLowest, lastLowest);
  }
  const cells = lastLowest - firstLowest + levels;
  const bounds = new Float64Array(3 * (cells + 2));
  const errors = new Float64Array(cells + 1);
  return (step: number) => bestExactPlacement(c, step, levels, firstLowest, lastLowest, bounds, errors);
}

/**
 * `bounds` receives the sums below each cell's lower bound and the totals at the end, `errors` the squared error of
 * all cells before each.
 */
function bestExactPlacement(
  c: Cumulative,
  step: number,
  levels: number,
  firstLowest: number,
  lastLowest: number,
  bounds: Float64Array,
  errors: Float64Array,
): GridPlacement {
  // Cells beyond the data are empty and need not be visited.
  const first = Math.max(firstLowest, Math.min(0, Math.floor(c.mass.least.x / step)));
  const last = Math.min(lastLowest + levels - 1, Math.max(0, Math.ceil(c.mass.greatest.x / step)));
  const cells = last - first + 1;
  const end = 3 * cells;
  for (let i = 0; i < cells; i++) sumsBelow(c, (first + i - 0.5) * step, bounds, 3 * i);
  sumsBelow(c, Infinity, bounds, end);
  for (let i = 0; i < cells; i++) {
    errors[i + 1] = errors[i] + squaresAbout((first + i) * step, bounds, 3 * i, 3 * i + 3);
  }

  let best = { step, lowest: firstLowest, error: Infinity };
  for (let lowest = firstLowest; lowest <= lastLowest; lowest++) {
    const from = Math.max(lowest - first, 0);
    const to = Math.min(lowest + levels - 1 - first, cells - 1);
    const all = from === to;
    const below = squaresAbout((first + from) * step, bounds, -1, all ? end : 3 * from + 3);
    const above = all ? 0 : squaresAbout((first + to) * step, bounds, 3 * to, end);
    const inner = all ? 0 : errors[to] - errors[from + 1];
    const error = below + inner + above;
    if (error < best.error) best = { step, lowest, error };
  }
  return best;
}

/** Squared distance from `centre` of the values between two bounds; −1 stands for no lower bound. */
export function squaresAbout(centre: number, bounds: Float64Array, from: number, to: number): number {
  const none = from < 0;
  const count = bounds[to] - (none ? 0 : bounds[from]);
  const sum = bounds[to + 1] - (none ? 0 : bounds[from + 1]);
  const squares = bounds[to + 2] - (none ? 0 : bounds[from + 2]);
  return squares - 2 * centre * sum + centre * centre * count;
}

const totals = new Float64Array(3);
const belowLow = new Float64Array(3);
const belowHigh = new Float64Array(3);

/** The clip error is convex in the place of the grid, so the interval around the best one is halved. */
function bestFinePlacement(
  c: Cumulative,
  step: number,
  levels: number,
  firstLowest: number,
  lastLowest: number,
): GridPlacement {
  let from = firstLowest;
  let to = lastLowest;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (fineError(c, step, levels, middle) <= fineError(c, step, levels, middle + 1)) to = middle;
    else from = middle + 1;
  }
  return { step, lowest: from, error: fineError(c, step, levels, from) };
}

function fineError(c: Cumulative, step: number, levels: number, lowest: number): number {
  const low = lowest * step;
  const high = (lowest + levels - 1) * step;
  sumsBelow(c, Infinity, totals, 0);
  sumsBelow(c, low, belowLow, 0);
  sumsBelow(c, high, belowHigh, 0);
  const clipBelow = belowLow[2] - 2 * low * belowLow[1] + low * low * belowLow[0];
  const clipAbove =
    totals[2] -
    belowHigh[2] -
    2 * high * (totals[1] - belowHigh[1]) +
    high * high * (totals[0] - belowHigh[0]);
  return clipBelow + clipAbove + ((belowHigh[0] - belowLow[0]) * step * step) / 12;
}
