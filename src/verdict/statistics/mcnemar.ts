/** Samples whose 0/1 score changed: `lost` were good in FP32 and are not now, `gained` the opposite. */
export interface Flips {
  readonly lost: number;
  readonly gained: number;
}

/**
 * Two-sided p-value of McNemar's exact test that flips in either direction are equally likely: twice the lower
 * tail of Binomial(lost + gained, 1/2), at most 1.
 *
 * @example mcnemarExact({ lost: 5, gained: 0 }) // 0.0625
 */
export function mcnemarExact({ lost, gained }: Flips): number {
  const flips = lost + gained;
  let tail = 0;
  let logTerm = -flips * Math.LN2;
  for (let k = 0; k <= Math.min(lost, gained); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((flips - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
