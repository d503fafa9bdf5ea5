import { type Cumulative, cumulativeOf } from '../cumulative.ts';
import { type Grid, quantParams, type Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';
import { massOf } from '../mass.ts';
import { quantizationError } from '../quantization-error.ts';
import { leastErrorFloatRange } from './float-mse.ts';
import { minMax } from './min-max.ts';
import { type GridPlacement, placementSearch } from './placement.ts';
import type { RangeMethod } from './range-method.ts';

const WIDEST = 1.25;
const COARSE_RATIO = 1.01;
const FINE_RATIO = 1.002;

/**
 * Coarse steps this much worse than the best are not looked at closely: 3 dB. Modes narrower than a step fall on
 * grid points of one step in a hundred, which a coarse step can miss.
 */
const WORTH_REFINING = 10 ** 0.3;

/** Minima that are followed, and how often a third of their interval is given up. */
const FOLLOWED = 8;
const CUTS = 8;

/**
 * A range without clipping wins within 0.04 dB: its ends are exact, where a histogram knows others to a bin, and
 * discrete values (pixels) may lie on its steps. Clipping half a step off an evenly filled range promises 0.034 dB.
 */
const WIDE_ENOUGH = 10 ** 0.004;

/**
 * The range of least mean squared error, round and clip, on the grid's true steps; the reference for bits lost.
 *
 * The step is searched, not the ends: on a symmetric grid it determines them, on an asymmetric one every zero point
 * is tried for every step. Steps go down from one that clips nothing, first by 1 %, until clipping alone is
 * worse than the best; then by 0.2 % wherever a better one may hide; the deepest minima of these are followed.
 * Ranges up to 1.25 times as wide as the data are considered, for modes that fall on grid points there. Of the numbers of a
 * floating-point type the scale is searched alike (`leastErrorFloatRange`).
 */
export const mse: RangeMethod = {
  fitsAll: true,
  range(h, grid) {
    // A search takes milliseconds, and targets share grids with each other and with the reference for bits lost.
    const found = known.get(h) ?? new Map<string, Range>();
    known.set(h, found);
    const key = JSON.stringify([grid, h.total, h.slices]);
    const range = found.get(key) ?? searched(h, grid);
    found.set(key, range);
    return range;
  },
};

/** What was found, by histogram, then by grid and what the histogram had seen. */
const known = new WeakMap<Histogram, Map<string, Range>>();

function searched(h: Histogram, grid: Grid): Range {
  const observed = minMax.range(h, grid);
  if (observed.alpha === 0 && observed.beta === 0) return observed;
  const clipped = grid.float === undefined ? leastErrorRange(h, grid) : leastErrorFloatRange(h, observed);
  const limit = meanSquaredError(h, clipped, grid) * WIDE_ENOUGH;
  return (
    [observed, coveringRange(observed, grid)].find((r) => meanSquaredError(h, r, grid) <= limit) ?? clipped
  );
}

function meanSquaredError(h: Histogram, range: Range, grid: Grid): number {
  const { round, clip } = quantizationError(h, quantParams(range, grid), grid);
  return round + clip;
}

/** The narrowest range that clips nothing. It uses the lowest code of a symmetric grid for the negative end. */
function coveringRange({ alpha, beta }: Range, grid: Grid): Range {
  if (!grid.symmetric) return { alpha, beta };
  const step = Math.max(alpha / grid.qmin, beta / grid.qmax);
  return { alpha: -step * grid.qmax, beta: step * grid.qmax };
}

function leastErrorRange(h: Histogram, grid: Grid): Range {
  const mass = massOf(h);
  const levels = grid.qmax - grid.qmin + 1;
  const cumulative = cumulativeOf(mass);
  const place = placementSearch(cumulative, levels, grid.symmetric ? grid.qmin : null);
  const { step, lowest } = leastError(place, widestStep(cumulative, grid), cumulative);
  const unit = step * mass.width;
  if (grid.symmetric) return { alpha: -unit * grid.qmax, beta: unit * grid.qmax };
  return { alpha: lowest * unit, beta: (lowest + levels - 1) * unit };
}

/** The largest step that is tried. */
function widestStep({ mass }: Cumulative, grid: Grid): number {
  const low = Math.min(mass.least.x, 0);
  const high = Math.max(mass.greatest.x, 0);
  return (
    (WIDEST * (grid.symmetric ? Math.max(-low, high) : high - low)) /
    (grid.symmetric ? grid.qmax : grid.qmax - grid.qmin)
  );
}

function leastError(
  place: (step: number) => GridPlacement,
  widest: number,
  { edges, mass }: Cumulative,
): GridPlacement {
  const values = edges.at(-3)! + mass.least.count + mass.greatest.count;
  const coarse: GridPlacement[] = [];
  let least = Infinity;
  for (let step = widest; ; step /= COARSE_RATIO) {
    const placed = place(step);
    coarse.push(placed);
    least = Math.min(least, placed.error);
    // No value inside the grid is further off than half a step; the rest of the error is clipping, which only grows.
    if (placed.error - (values * step * step) / 4 > least) break;
  }
  const fine = coarse.flatMap((p) => (p.error <= least * WORTH_REFINING ? finer(place, p) : [p]));
  const minima = fine.filter(
    ({ error }, i) => error <= (fine[i - 1]?.error ?? Infinity) && error <= (fine[i + 1]?.error ?? Infinity),
  );
  const deepest = minima.sort((a, b) => a.error - b.error).slice(0, FOLLOWED);
  return deepest.map((p) => refined(place, p)).reduce((a, b) => (b.error < a.error ? b : a));
}

/** The steps from a coarse one down to the next. */
function finer(place: (step: number) => GridPlacement, from: GridPlacement): GridPlacement[] {
  const found = [from];
  for (let step = from.step / FINE_RATIO; step > from.step / COARSE_RATIO; step /= FINE_RATIO) {
    found.push(place(step));
  }
  return found;
}

/** Ternary search between the fine steps on either side. */
function refined(place: (step: number) => GridPlacement, start: GridPlacement): GridPlacement {
  let low = start.step / FINE_RATIO;
  let high = start.step * FINE_RATIO;
  let best = start;
  for (let i = 0; i < CUTS; i++) {
    const third = (high - low) / 3;
    const [a, b] = [place(low + third), place(high - third)];
    if (a.error < b.error) high = b.step;
    else low = a.step;
    for (const p of [a, b]) if (p.error < best.error) best = p;
  }
  return best;
}
