import { type Cumulative, cumulativeOf, sumsBelow } from './cumulative.ts';
import type { Range } from './grid.ts';
import type { Histogram } from './histogram.ts';
import { massOf } from './mass.ts';

/** The last bits of a rounded scale clip nothing, though all the 6 of a ReLU6 may lie there. */
const SLACK = 2 ** -20;

/** Share of the values of a histogram outside of a range that holds zero, 0 to 1; see `Mass` for where they lie. */
export function shareOutside(h: Histogram, { alpha, beta }: Range): number {
  if (h.total === 0) return 0;
  const cumulative = cumulativeOf(massOf(h));
  const slack = (beta - alpha) * SLACK;
  const below = countBelow(cumulative, alpha - slack);
  const above = countBelow(cumulative, Infinity) - countBelow(cumulative, beta + slack);
  return (below + above) / h.total;
}

function countBelow(cumulative: Cumulative, x: number): number {
  const sums = new Float64Array(3);
  sumsBelow(cumulative, x / cumulative.mass.width, sums, 0);
  return sums[0];
}
