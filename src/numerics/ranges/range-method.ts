import type { Grid, Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';

/** A way to choose the range of a tensor from the histogram of its values. */
export interface RangeMethod {
  /** Whether it fits every target. One that does not, a vendor's own, is used where it is asked for and never proposed. */
  readonly fitsAll: boolean;
  /** It counts on codes that are equally far apart, as integers are and floating-point numbers are not. */
  readonly countsIntegers?: true;
  /** [0, 0] if nothing but zeros, or nothing, was observed. */
  range(h: Histogram, grid: Grid): Range;
}
