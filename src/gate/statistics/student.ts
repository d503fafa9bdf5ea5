import { twoSidedZ } from './normal.ts';

/**
 * z to use in place of the normal one when a bootstrap resamples only n samples: sqrt(n/(n-1)) t(n-1), the
 * expanded level of T. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69
 * (2015) 371-386. Without it an interval of 20 samples at 0.95 covers about 0.92.
 */
export function expandedZ(confidence: number, n: number): number {
  return Math.sqrt(n / (n - 1)) * studentQuantile(twoSidedZ(confidence), n - 1);
}

/** Student's quantile at the level of the normal quantile `z`: Abramowitz and Stegun 26.7.5, to 1 % from 5 degrees of freedom. */
function studentQuantile(z: number, degrees: number): number {
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3;
}
