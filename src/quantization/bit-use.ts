import { e4m3Steps, roundToE4m3 } from '../numerics/e4m3.ts';
import type { Grid, QuantParams, Range } from '../numerics/grid.ts';
import { quantParams } from '../numerics/grid.ts';
import type { Histogram } from '../numerics/histogram.ts';
import { withoutAccidents } from '../numerics/outliers.ts';
import { shareOutside } from '../numerics/outside.ts';
import { quantizationError } from '../numerics/quantization-error.ts';
import { mse } from '../numerics/ranges/mse.ts';

/** One bit is worth 20·log10(2) dB. */
export const DB_PER_BIT = 20 * Math.log10(2);

/** A range that loses less is as good as the best: it is not worth a word, nor a line in a config. */
export const NEGLIGIBLE_BITS_LOST = 0.05;

/** How well a range uses the bits of its grid on the values of a tensor. */
export interface BitUse {
  /** SQNR in dB / 6.0206; the power of the signal is taken about zero. */
  readonly effectiveBits: number;
  /** How many more the best range on the same grid would have; never negative. */
  readonly bitsLost: number;
  /** Share of the noise power that comes from clipping; the rest is rounding. */
  readonly clipShare: number;
  /** log2 of the codes that the values reach, (used range / scale + 1): 0 to the bits of the grid. */
  readonly span: number;
  /** Least and greatest value; of all channels. */
  readonly observed: Range;
  /** Share of the values that the range clips. */
  readonly clipped: number;
  /** Share of the values that the best range would clip: what sets a range that is too wide. */
  readonly beyondBest: number;
}

/** What an activation's range makes of the values of a histogram. */
export interface ActivationBitUse extends BitUse {
  /** The range of least squared error on the same grid, holding zero. */
  readonly best: Range;
}

/**
 * Effective bits of a quantized tensor, and how many its range wastes beside an exhaustive search on the same
 * histogram and grid. Accidental values count for neither: one in a thousand values far off all others would have
 * nearly all of the signal's power, and hide that its range leaves the others few codes. Undefined for a tensor without
 * signal or without noise, where neither has a meaning.
 */
export function bitUse(histogram: Histogram, params: QuantParams, grid: Grid): ActivationBitUse | undefined {
  const counted = withoutAccidents(histogram);
  const used = quantizationError(counted, params, grid);
  const noise = used.round + used.clip;
  if (used.signal === 0 || noise === 0) return undefined;
  const found = mse.range(counted, grid);
  const best = { alpha: Math.min(found.alpha, 0), beta: Math.max(found.beta, 0) };
  const bestParams = quantParams(best, grid);
  const bestError = quantizationError(counted, bestParams, grid);
  const observed = { alpha: histogram.min, beta: histogram.max };
  return {
    ...bitsOf({ signal: used.signal, noise, best: bestError.round + bestError.clip }, grid.bits),
    clipShare: used.clip / noise,
    span: spanOf(observed, params, grid),
    observed,
    clipped: shareOutside(histogram, params),
    beyondBest: shareOutside(histogram, bestParams),
    best,
  };
}

/** Powers of a signal, of its noise, and of what the noise would be with the best range. */
export interface Powers {
  readonly signal: number;
  readonly noise: number;
  readonly best: number;
}

/**
 * Effective bits, no more than the grid has, though few values that all lie on it may have less noise; and bits lost
 * beside the best range, which may turn out no better.
 */
export function bitsOf({ signal, noise, best }: Powers, most: number) {
  const bits = (power: number) => (10 * Math.log10(signal / power)) / DB_PER_BIT;
  const least = Math.min(noise, best);
  return { effectiveBits: Math.min(bits(noise), most), bitsLost: least > 0 ? bits(least) - bits(noise) : 0 };
}

/** log2 of the codes from the least to the greatest value that the grid holds; at least 0. */
export function spanOf(observed: Range, { alpha, beta, scale }: QuantParams, { float }: Grid): number {
  const low = Math.min(Math.max(observed.alpha, alpha), beta);
  const high = Math.max(Math.min(observed.beta, beta), alpha);
  const steps = (x: number) => Math.sign(x) * e4m3Steps(Math.abs(roundToE4m3(x / scale)));
  return Math.log2((float === undefined ? (high - low) / scale : steps(high) - steps(low)) + 1);
}
