import type { Flips } from './mcnemar.ts';
import { twoSidedZ } from './normal.ts';

/** Lower and upper end. */
export type Interval = readonly [low: number, high: number];

/**
 * Score interval of the paired difference (lost - gained)/n: all differences that the score test at `confidence`
 * does not reject. T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
 * paired-sample design", Statistics in Medicine 17 (1998) 891-908, equations 24 to 26.
 *
 * Chosen over Newcombe's method 10 because comparing its end with a budget *is* the score test of non-inferiority
 * with that margin, and because it stays sensible without any flip: [-z²/(n+z²), z²/(n+z²)].
 *
 * @example tangoInterval({ lost: 3, gained: 1 }, 100, 0.95) // [-0.028124, 0.076048]
 */
export function tangoInterval(flips: Flips, n: number, confidence: number): Interval {
  const z = twoSidedZ(confidence);
  const upper = upperEnd(flips, n, z);
  const lower = -upperEnd({ lost: flips.gained, gained: flips.lost }, n, z);
  return [lower, upper];
}

/**
 * Variance of one pair's difference under the hypothesis that the true difference is `margin`, in [-1, 1], given
 * the observed flips: 2q + margin(1 - margin), q the restricted maximum likelihood of P(gained).
 */
export function nullVariance({ lost, gained }: Flips, n: number, margin: number): number {
  const linear = -(lost + gained) + (2 * n - lost + gained) * margin;
  const constant = -gained * margin * (1 - margin);
  const q = (Math.sqrt(Math.max(0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
  return Math.max(0, 2 * q + margin * (1 - margin));
}

/** The largest margin with (observed - margin)² n <= z² variance(margin), by bisection down to adjacent floats. */
function upperEnd(flips: Flips, n: number, z: number): number {
  const observed = (flips.lost - flips.gained) / n;
  let inside = observed;
  let outside = 1;
  for (;;) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) return middle;
    const accepted = (observed - middle) ** 2 * n <= z * z * nullVariance(flips, n, middle);
    if (accepted) inside = middle;
    else outside = middle;
  }
}
