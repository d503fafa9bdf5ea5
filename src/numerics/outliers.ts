import { ZERO_BIN } from './bins.ts';
import type { Range } from './grid.ts';
import { binWidth, type Histogram } from './histogram.ts';

/** Values far away from all others, which they leave only a small part of the range. */
export interface LoneValues {
  /** The outermost one, such as the −10000 of a mask. */
  readonly extreme: number;
  /** Their share of all values. */
  readonly share: number;
  /** The range of the others: exact at the far end from `extreme`, at the near end to a bin of the histogram. */
  readonly others: Range;
}

/** So few values are an accident or a constant, whatever power they have. */
const ACCIDENTAL_SHARE = 1e-3;

/** The histogram without lone values, where they are no more than one in a thousand. */
export function withoutAccidents(h: Histogram): Histogram {
  const lone = loneValues(h);
  if (lone === undefined || lone.share > ACCIDENTAL_SHARE) return h;
  const { alpha, beta } = lone.others;
  const [first, last] = [alpha, beta].map((edge) => Math.floor(edge / binWidth(h)) + ZERO_BIN);
  const counts = h.counts.map((count, bin) => (bin >= first && bin <= last ? count : 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { ...h, counts, total, min: alpha, max: beta };
}

/** Share of the range that has to be empty between them and the others. */
const EMPTY = 0.75;

/**
 * Finds values that set the range of a tensor all by themselves, beyond one gap of at least three quarters of the whole
 * range. Undefined where there is none, and where the others are zeros, which fit any range.
 */
export function loneValues(h: Histogram): LoneValues | undefined {
  const filled = Array.from(h.counts.keys()).filter((bin) => h.counts[bin] > 0);
  if (filled.length < 2) return undefined;
  let last = 0;
  for (let i = 1; i < filled.length - 1; i++) {
    if (filled[i + 1] - filled[i] > filled[last + 1] - filled[last]) last = i;
  }
  const width = binWidth(h);
  const [before, after] = [filled[last], filled[last + 1]];
  if ((after - before - 1) * width < EMPTY * (h.max - h.min)) return undefined;
  const below = h.counts.subarray(0, before + 1).reduce((sum, n) => sum + n, 0);
  const isLow = -h.min > h.max;
  const lone = isLow ? below : h.total - below;
  if (h.total - lone === h.zeros) return undefined;
  const others = isLow
    ? { alpha: (after - ZERO_BIN) * width, beta: h.max }
    : { alpha: h.min, beta: (before + 1 - ZERO_BIN) * width };
  return { extreme: isLow ? h.min : h.max, share: lone / h.total, others };
}
