import { twoSidedZ } from './normal.ts';
import type { Interval } from './tango.ts';

/**
 * Score interval of a proportion: all that the score test at `confidence` does not reject. E. B. Wilson, "Probable
 * inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212. It is to one proportion what
 * `tangoInterval` is to the difference of two.
 *
 * @param successes 0 to n
 * @example wilsonInterval(90, 100, 0.95) // [0.825634, 0.944771]
 */
export function wilsonInterval(successes: number, n: number, confidence: number): Interval {
  const z2 = twoSidedZ(confidence) ** 2;
  const share = successes / n;
  const center = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n)) * (Math.sqrt(z2) / (1 + z2 / n));
  return [Math.max(0, center - half), Math.min(1, center + half)];
}
