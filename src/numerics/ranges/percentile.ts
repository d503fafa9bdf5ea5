import { ZERO_BIN } from '../bins.ts';
import type { Grid, Range } from '../grid.ts';
import { binWidth, type Histogram } from '../histogram.ts';
import { magnitudes } from '../magnitudes.ts';
import { minMax } from './min-max.ts';
import type { RangeMethod } from './range-method.ts';

/** The default of ONNX Runtime, in per cent. */
const KEPT = 99.999;

/**
 * Keeps 99.999 per cent of the values: of |x| for a symmetric grid, otherwise half of the rest is cut off on either
 * side, as ONNX Runtime's PercentileCalibrater does. Linear inside a bin, never beyond what was seen.
 */
export const percentile: RangeMethod = {
  fitsAll: true,
  range: (h, grid) => rangeKeeping(KEPT / 100, h, grid),
};

/** The range that keeps a share of the values, above 0 and up to 1. */
export function rangeKeeping(kept: number, h: Histogram, grid: Grid): Range {
  const { alpha: min, beta: max } = minMax.range(h, grid);
  if (min === 0 && max === 0) return { alpha: min, beta: max };
  if (grid.symmetric) {
    const absMax = Math.max(-min, max);
    const threshold = Math.min(quantile(magnitudes(h), kept * h.total) * binWidth(h), absMax);
    return { alpha: -threshold, beta: threshold };
  }
  const cut = (1 - kept) / 2;
  const within = (x: number) => Math.min(Math.max(x, min), max);
  return { alpha: within(valueAt(h, cut)), beta: within(valueAt(h, 1 - cut)) };
}

function valueAt(h: Histogram, share: number): number {
  return (quantile(h.counts, share * h.total) - ZERO_BIN) * binWidth(h);
}

/** The place, in bins from the first one, up to which `target` of the counted values lie. */
function quantile(counts: Float64Array, target: number): number {
  let below = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const n = counts[bin];
    if (n > 0 && below + n >= target) return bin + (target - below) / n;
    below += n;
  }
  return counts.length;
}
