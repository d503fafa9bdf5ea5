import erfc from '@stdlib/math-base-special-erfc';
import type { Grid, Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';
import { type Moments, moments, positiveMoments } from '../moments.ts';
import { minMax } from './min-max.ts';
import type { RangeMethod } from './range-method.ts';

/**
 * Analytical clipping (Banner, Nahshan, Soudry: "Post training 4-bit quantization of convolutional networks for
 * rapid-deployment", NeurIPS 2019). For a Laplace and a Gauss density the mean squared error MSE(α) = clip +
 * α² / (3·4^M) has a closed form, whose minimum is found from dMSE/dα = 0. The authors' code believes the density
 * that promises the smaller error. At 8 bits that is Gauss even for perfect Laplace data, at a cost of 11 dB, so
 * the density is told by the ratio of E|x − µ| to σ instead. Data of one sign are fitted as half a density by their non-zero values alone, because
 * a ReLU's zeros say nothing about its tail.
 */
export const aciq: RangeMethod = {
  fitsAll: true,
  countsIntegers: true,
  range(h, grid) {
    const observed = minMax.range(h, grid);
    if (observed.alpha === 0 && observed.beta === 0) return observed;
    if (observed.alpha >= 0) return { alpha: 0, beta: Math.min(halfThreshold(h, grid), observed.beta) };
    if (observed.beta <= 0)
      return { alpha: Math.max(-halfThreshold(mirrored(h), grid), observed.alpha), beta: 0 };
    return within(observed, moments(h), roundDenominator(grid.bits));
  },
};

function within({ alpha: min, beta: max }: Range, all: Moments, denominator: number): Range {
  const reach = bestThreshold(all.meanAbsoluteDeviation, all.standardDeviation, denominator);
  const clamp = (x: number) => Math.min(Math.max(x, min), max);
  return { alpha: clamp(all.mean - reach), beta: clamp(all.mean + reach) };
}

/** About zero, where half a density begins: b = E[x], σ² = E[x²]. A symmetric grid wastes its negative half. */
function halfThreshold(h: Histogram, grid: Grid): number {
  const positive = positiveMoments(h);
  const bits = grid.symmetric ? grid.bits : grid.bits + 1;
  return bestThreshold(positive.mean, positive.rootMeanSquare, roundDenominator(bits));
}

function mirrored(h: Histogram): Histogram {
  return { ...h, counts: h.counts.toReversed(), min: -h.max, max: -h.min };
}

/** Rounding costs α² over this: the step is 2α / 2^bits and its error step² / 12. */
function roundDenominator(bits: number): number {
  return 3 * 4 ** bits;
}

/** Half way between E|x|/σ of a Laplace density, 1/√2, and of a Gauss density, √(2/π) (Geary, 1935). */
const GAUSS_FROM = (Math.SQRT1_2 + Math.sqrt(2 / Math.PI)) / 2;

function bestThreshold(b: number, sigma: number, denominator: number): number {
  return b / sigma < GAUSS_FROM ? laplaceRatio(denominator) * b : gaussRatio(denominator) * sigma;
}

/** α/b with e^(−α/b) = (α/b) / denominator. */
export function laplaceRatio(denominator: number): number {
  return rootOfDecreasing((r) => Math.exp(-r) - r / denominator);
}

/** α/σ with r·erfc(r/√2) + r / denominator = √(2/π)·e^(−r²/2). */
export function gaussRatio(denominator: number): number {
  return rootOfDecreasing(
    (r) => Math.sqrt(2 / Math.PI) * Math.exp((-r * r) / 2) - r * erfc(r / Math.SQRT2) - r / denominator,
  );
}

/** Bisection to the last bit, between 0 and 64: no grid has a ratio above 30. */
function rootOfDecreasing(f: (r: number) => number): number {
  let low = 0;
  let high = 64;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}
