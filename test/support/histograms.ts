import { createHistogram, observe } from '../../src/numerics/histogram.ts';

/** Histograms of named tensors from their values. */
export function histogramsOf(tensors: Record<string, Float32Array>) {
  return new Map(
    Object.entries(tensors).map(([name, data]) => {
      const histogram = createHistogram();
      observe(histogram, data, Math.min(...data), Math.max(...data));
      return [name, histogram] as const;
    }),
  );
}
