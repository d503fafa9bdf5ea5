import { BINS, ZERO_BIN } from './bins.ts';
import type { Mass } from './mass.ts';

/**
 * Count, sum and sum of squares of the values below any x, zeros left out, in bin widths. With them the squared
 * error of quantizing all values of an interval to one number costs two look-ups.
 */
export interface Cumulative {
  readonly mass: Mass;
  /** Count, sum, sum of squares of `mass.spread` below the lower edge of each bin, and below the last upper one. */
  readonly edges: Float64Array;
}

export function cumulativeOf(mass: Mass): Cumulative {
  const edges = new Float64Array(3 * (BINS + 1));
  for (let bin = 0; bin < BINS; bin++) {
    const n = mass.spread[bin];
    const a = bin - ZERO_BIN;
    edges[3 * bin + 3] = edges[3 * bin] + n;
    edges[3 * bin + 4] = edges[3 * bin + 1] + n * (a + 1 / 2);
    edges[3 * bin + 5] = edges[3 * bin + 2] + n * (a * a + a + 1 / 3);
  }
  return { mass, edges };
}

/** Writes count, sum and sum of squares of the values below `x` to out[at], out[at + 1] and out[at + 2]. */
export function sumsBelow(c: Cumulative, x: number, out: Float64Array, at: number): void {
  const { spread, least, greatest } = c.mass;
  const inside = Math.min(Math.max(x, -ZERO_BIN), BINS - ZERO_BIN);
  const a = Math.min(Math.floor(inside), BINS - ZERO_BIN - 1);
  const bin = a + ZERO_BIN;
  const n = spread[bin] * (inside - a);
  let count = c.edges[3 * bin] + n;
  let sum = c.edges[3 * bin + 1] + (n * (inside + a)) / 2;
  let squares = c.edges[3 * bin + 2] + (n * (inside * inside + inside * a + a * a)) / 3;
  if (least.x < x) {
    count += least.count;
    sum += least.count * least.x;
    squares += least.count * least.x * least.x;
  }
  if (greatest.x < x) {
    count += greatest.count;
    sum += greatest.count * greatest.x;
    squares += greatest.count * greatest.x * greatest.x;
  }
  out[at] = count;
  out[at + 1] = sum;
  out[at + 2] = squares;
}
