/**
 * P(X <= k) of X successes in n trials of probability p in (0, 1), by the sum of its terms.
 *
 * @example binomialTail(0, 10, 0.2) // 0.107374
 */
export function binomialTail(k: number, n: number, p: number): number {
  if (k >= n) return 1;
  let logTerm = n * Math.log1p(-p);
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}
