import type { Comparison } from './comparison.ts';
import { normalQuantile, twoSidedZ } from './statistics/normal.ts';
import { nullVariance } from './statistics/tango.ts';

/** The chance that the number of samples below does decide. */
const POWER = 0.8;

/**
 * How many samples would decide between drop and `budget` with a chance of 0.8, if drop and flip rate stay as they
 * are; null if the drop is the budget, or so close that no number decides. With z of the two-sided confidence, g = z(0.8) and
 * D = |drop - budget|:
 * flips: n = ((z sd0 + g sd1) / D)², sd0² the variance of a pair's difference if the budget were the true drop
 * (as in Tango's test), sd1² = (lost + gained)/n - drop² as observed;
 * otherwise: n = samples ((1 + g/z) w / D)², w the half of the interval on the budget's side; where samples do not vary,
 * whose w falls as 1/n, n = samples w / D.
 */
export function samplesToDecide(comparison: Comparison, budget: number, confidence: number): number | null {
  const needed = samplesNeeded(comparison, budget, confidence);
  return Number.isSafeInteger(needed) ? needed : null;
}

function samplesNeeded(comparison: Comparison, budget: number, confidence: number): number {
  const { drop, flips, interval, samples, fewest, isUnvaried } = comparison;
  const distance = Math.abs(drop - budget);
  if (distance === 0) return Infinity;
  const z = twoSidedZ(confidence);
  const g = normalQuantile(POWER);
  if (flips) {
    const underBudget = Math.sqrt(nullVariance(flips, samples, Math.min(1, budget)));
    const observed = Math.sqrt(Math.max(0, (flips.lost + flips.gained) / samples - drop ** 2));
    return Math.ceil(((z * underBudget + g * observed) / distance) ** 2);
  }
  const half = Math.abs(interval[drop < budget ? 1 : 0] - drop);
  if (isUnvaried) return Math.max(fewest, Math.ceil((samples * half) / distance));
  return Math.max(fewest, Math.ceil(samples * (((1 + g / z) * half) / distance) ** 2));
}
