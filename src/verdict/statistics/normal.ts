import erfc from '@stdlib/math-base-special-erfc';
import quantile from '@stdlib/stats-base-dists-normal-quantile';

/** Standard normal distribution function. */
export function normalCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}

/** Standard normal quantile of p in (0, 1). */
export function normalQuantile(p: number): number {
  return quantile(p, 0, 1);
}

/** z of a two-sided interval at `confidence` in (0, 1): 1.96 at 0.95. */
export function twoSidedZ(confidence: number): number {
  return normalQuantile((1 + confidence) / 2);
}
