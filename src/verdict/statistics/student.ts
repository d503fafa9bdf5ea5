import studentQuantile from '@stdlib/stats-base-dists-t-quantile';

/**
 * z to use in place of the normal one when a bootstrap resamples only n >= 2 samples: sqrt(n/(n-1)) t(n-1), the
 * expanded level of T. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69
 * (2015) 371-386. Without it an interval of 20 samples at 0.95 covers about 0.92.
 */
export function expandedZ(confidence: number, n: number): number {
  return Math.sqrt(n / (n - 1)) * studentQuantile((1 + confidence) / 2, n - 1);
}
