import { BINS, ZERO_BIN } from './bins.ts';
import type { Histogram } from './histogram.ts';

/** Counts of |x|: bin i holds [i·w, (i+1)·w) (for negative x, (i·w, (i+1)·w]). */
export function magnitudes(h: Histogram): Float64Array {
  const counts = h.counts.slice(ZERO_BIN);
  for (let i = 0; i < BINS - ZERO_BIN; i++) counts[i] += h.counts[ZERO_BIN - 1 - i];
  return counts;
}
