import { ZERO_BIN } from './bins.ts';
import { e4m3Steps, fromE4m3, roundToE4m3 } from './e4m3.ts';
import type { Grid, QuantParams } from './grid.ts';
import type { Histogram } from './histogram.ts';
import { type Mass, massOf, meanSquare, type Point } from './mass.ts';
import { roundHalfToEven } from './rounding.ts';

/** Mean squares in the unit of the data squared. SQNR = signal / (round + clip). */
export interface QuantizationError {
  /** Power of the error of values inside [α, β]. */
  readonly round: number;
  /** Power of the error of values outside. No value has both, so the sum is the mean squared error. */
  readonly clip: number;
  readonly signal: number;
}

/**
 * What quantizing with `params` does to the values of a histogram, with the grid's true steps. A bin's values are
 * taken as evenly spread (see `Mass`) and the squared error is integrated over it in closed form, so the result
 * holds for steps wider and narrower than a bin alike.
 */
export function quantizationError(h: Histogram, params: QuantParams, grid: Grid): QuantizationError {
  const mass = massOf(h);
  if (mass.total === 0) return { round: 0, clip: 0, signal: 0 };
  const step = params.scale / mass.width;
  const low = (grid.qmin - params.zeroPoint) * step;
  const high = (grid.qmax - params.zeroPoint) * step;
  const { round, clip } = squaredErrors(mass, { step, low, high, ...spacingOf(grid) });
  const perValue = mass.width ** 2 / mass.total;
  // Differences of integrals that cancel may leave a last bit below zero.
  return {
    round: Math.max(round, 0) * perValue,
    clip: Math.max(clip, 0) * perValue,
    signal: meanSquare(mass),
  };
}

/** How far apart the codes of a grid are, in its steps. */
interface Spacing {
  /** The code nearest to a number. */
  nearest(x: number): number;
  /** ∫ (u − nearest code)² du from 0 to a code. */
  integralTo(code: number): number;
}

/** A grid in bin widths: its codes are multiples of `step`, from `low` to `high`. */
interface Placed extends Spacing {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

const integers: Spacing = { nearest: roundHalfToEven, integralTo: (code) => code / 12 };

/** The integral up to each number of E4M3 that is not negative: gap³/12 over each gap between two. */
const e4m3Integrals = new Float64Array(127);
fromE4m3(Array.from(e4m3Integrals, (_, i) => i)).forEach((code, i, codes) => {
  if (i > 0) e4m3Integrals[i] = e4m3Integrals[i - 1] + (code - codes[i - 1]) ** 3 / 12;
});

const e4m3: Spacing = {
  nearest: roundToE4m3,
  integralTo: (code) => Math.sign(code) * e4m3Integrals[e4m3Steps(Math.abs(code))],
};

const spacingOf = ({ float }: Grid): Spacing => (float === undefined ? integers : e4m3);

/** Sums of squared errors in bin widths squared. */
function squaredErrors(mass: Mass, placed: Placed) {
  const { step, low, high } = placed;
  let round = 0;
  let clip = 0;
  let roundBelow = roundIntegral(mass.first - ZERO_BIN, placed);
  let clipBelow = clipIntegral(mass.first - ZERO_BIN, low, high);
  for (let bin = mass.first; bin <= mass.last; bin++) {
    const edge = bin - ZERO_BIN + 1;
    const roundUpTo = roundIntegral(edge, placed);
    const clipUpTo = clipIntegral(edge, low, high);
    round += mass.spread[bin] * (roundUpTo - roundBelow);
    clip += mass.spread[bin] * (clipUpTo - clipBelow);
    roundBelow = roundUpTo;
    clipBelow = clipUpTo;
  }
  for (const point of [mass.least, mass.greatest]) {
    if (point.x < low || point.x > high) clip += clippedSquare(point, low, high);
    else round += point.count * (point.x - placed.nearest(point.x / step) * step) ** 2;
  }
  return { round, clip };
}

/** ∫ (u − nearest code)² du from 0 to x, standing still outside [low, high]. */
function roundIntegral(x: number, { step, low, high, nearest, integralTo }: Placed): number {
  const inside = Math.min(Math.max(x, low), high);
  const code = nearest(inside / step);
  return integralTo(code) * step ** 3 + (inside - code * step) ** 3 / 3;
}

/** ∫ (distance from [low, high])² du from 0 to x. */
function clipIntegral(x: number, low: number, high: number): number {
  return (Math.max(x - high, 0) ** 3 + Math.min(x - low, 0) ** 3) / 3;
}

function clippedSquare({ x, count }: Point, low: number, high: number): number {
  return count * Math.max(x - high, low - x) ** 2;
}
