import type { Metric, Score } from '../metrics/metric.ts';
import { compare } from './comparison.ts';

/** A difference of less than this part of the budget decides nothing. */
const NEGLIGIBLE_PART = 1 / 20;

/**
 * Whether a run of a target's integers for real contradicts its emulation: the scores of the same samples differ by more
 * than their noise, and by more than a twentieth of the allowed drop.
 *
 * @param budget the allowed drop in the metric's unit, and the two-sided level of the interval
 */
export function contradictsEmulation(
  metric: Metric,
  emulated: readonly Score[],
  real: readonly Score[],
  budget: { readonly allowed: number | null; readonly confidence: number },
): boolean {
  const { interval, drop } = compare(metric, emulated, real, budget.confidence);
  const isBeyondNoise = interval[0] > 0 || interval[1] < 0;
  return isBeyondNoise && Math.abs(drop) > NEGLIGIBLE_PART * (budget.allowed ?? 0);
}
