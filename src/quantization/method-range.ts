import type { Grid, Range } from '../numerics/grid.ts';
import type { Histogram } from '../numerics/histogram.ts';
import { type RangeMethodName, rangeMethods } from '../numerics/ranges/index.ts';

const known = new WeakMap<Histogram, Map<string, Range>>();

/**
 * The range that a method chooses for what a histogram has seen. It is remembered: targets have grids in common, and what
 * compares methods, proposes ranges and draws them asks for the same again.
 */
export function methodRange(method: RangeMethodName, histogram: Histogram, grid: Grid): Range {
  const ranges = known.get(histogram) ?? new Map<string, Range>();
  known.set(histogram, ranges);
  const asked = JSON.stringify([method, histogram.total, grid]);
  const range = ranges.get(asked) ?? rangeMethods[method].range(histogram, grid);
  ranges.set(asked, range);
  return range;
}
