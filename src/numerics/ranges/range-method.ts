import type { Grid, Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';

export interface RangeOptions {
  /** For `percentile`: the share of the values, in percent, that is kept; 99.999 if absent. */
  readonly percentile?: number;
}

/** A way to choose the range of a tensor from the histogram of its values. */
export interface RangeMethod {
  readonly name: string;
  /** [0, 0] if nothing but zeros, or nothing, was observed. */
  range(h: Histogram, grid: Grid, options?: RangeOptions): Range;
}
