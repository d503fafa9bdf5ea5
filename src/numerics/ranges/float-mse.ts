import { type Cumulative, cumulativeOf, sumsBelow } from '../cumulative.ts';
import { fromE4m3, GREATEST_E4M3 } from '../e4m3.ts';
import type { Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';
import { massOf } from '../mass.ts';
import { squaresAbout } from './placement.ts';

/** Numbers of E4M3 above zero. */
const POSITIVE = 126;

const positive = [...fromE4m3(Array.from({ length: POSITIVE }, (_, i) => i + 1))];
/** Every number of E4M3, the least first, and the bounds between each and the next. */
const codes = [...positive.toReversed().map((code) => -code), 0, ...positive];
const bounds = codes.slice(1).map((code, i) => (codes[i] + code) / 2);

/** One binade above the greatest magnitude: beyond, numbers lie as they did a binade before. */
const WIDEST = 2;
const COARSE_RATIO = 1.01;
const FINE_RATIO = 1.00125;

/**
 * The range of least mean squared error on the numbers of E4M3, round and clip. The scale is searched from one binade
 * above what clips nothing, down by 1 % until clipping alone is worse than the best, then by an eighth of that around it: precision
 * is relative, so that what a scale changes is where in their binades values lie, and how many are subnormal.
 */
export function leastErrorFloatRange(h: Histogram, { alpha, beta }: Range): Range {
  const mass = massOf(h);
  const cumulative = cumulativeOf(mass);
  const widest = (WIDEST * Math.max(-alpha, beta)) / mass.width / GREATEST_E4M3;
  let best = { step: widest, error: Infinity };
  /** False where clipping alone is worse than the best, as it then is for every smaller step. */
  const attempt = (step: number) => {
    const { error, clip } = errorOf(cumulative, step);
    if (error < best.error) best = { step, error };
    return clip < best.error;
  };
  for (let step = widest; attempt(step); ) step /= COARSE_RATIO;
  const coarse = best.step;
  for (let ratio = FINE_RATIO; ratio < COARSE_RATIO; ratio *= FINE_RATIO) {
    attempt(coarse * ratio);
    attempt(coarse / ratio);
  }
  const reach = best.step * mass.width * GREATEST_E4M3;
  return { alpha: -reach, beta: reach };
}

const sums = new Float64Array(3 * (codes.length + 1));
const ends = new Float64Array(3 * 3);

/** Sums of squared errors in bin widths squared, for a scale in bin widths. */
function errorOf(c: Cumulative, step: number): { readonly error: number; readonly clip: number } {
  bounds.forEach((bound, i) => {
    sumsBelow(c, bound * step, sums, 3 * i);
  });
  const last = codes.length - 1;
  sumsBelow(c, Infinity, sums, 3 * last);
  let error = squaresAbout(codes[0] * step, sums, -1, 0);
  for (let i = 1; i <= last; i++) error += squaresAbout(codes[i] * step, sums, 3 * i - 3, 3 * i);
  [-GREATEST_E4M3 * step, GREATEST_E4M3 * step, Infinity].forEach((x, i) => {
    sumsBelow(c, x, ends, 3 * i);
  });
  const clip = squaresAbout(codes[0] * step, ends, -1, 0) + squaresAbout(codes[last] * step, ends, 3, 6);
  return { error, clip };
}
