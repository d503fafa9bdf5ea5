import { ZERO_BIN } from './bins.ts';
import type { Histogram } from './histogram.ts';

/** A histogram with fewer bins: counts[i] values lie in [from + i·step, from + (i + 1)·step). */
export interface CoarseHistogram {
  readonly from: number;
  /** A power of two. */
  readonly step: number;
  readonly counts: readonly number[];
}

/** A histogram in the finest bins that are no more than `most`; none where nothing was seen. */
export function coarseHistogram({ counts, level }: Histogram, most: number): CoarseHistogram {
  const first = counts.findIndex((count) => count > 0) - ZERO_BIN;
  const last = counts.findLastIndex((count) => count > 0) - ZERO_BIN;
  if (last < first || counts.every((count) => count === 0)) return { from: 0, step: 2 ** level, counts: [] };
  let folds = 0;
  while ((last >> folds) - (first >> folds) >= most) folds++;
  const start = first >> folds;
  const coarse = new Array<number>((last >> folds) - start + 1).fill(0);
  for (let bin = first; bin <= last; bin++) coarse[(bin >> folds) - start] += counts[bin + ZERO_BIN];
  const step = 2 ** (level + folds);
  return { from: start * step, step, counts: coarse };
}
