import { errorFunction, probit } from 'simple-statistics';

/** Standard normal distribution function. */
export function normalCdf(x: number): number {
  return (1 + errorFunction(x / Math.SQRT2)) / 2;
}

/** Standard normal quantile of p in (0, 1), to 1e-6 between 0.0001 and 0.9999. */
export function normalQuantile(p: number): number {
  let x = probit(p);
  // probit alone is 0.003 short at p = 0.975, which would narrow every interval; two Newton steps mend it.
  for (let step = 0; step < 2; step++) {
    x -= (normalCdf(x) - p) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
  }
  return x;
}

/** z of a two-sided interval at `confidence` in (0, 1): 1.96 at 0.95. */
export function twoSidedZ(confidence: number): number {
  return normalQuantile((1 + confidence) / 2);
}
