import type { Dataset } from './sample.ts';

/** A data set whose samples come in the order of these places; undefined where they come in their own order only. */
export function reordered(dataset: Dataset, places: readonly number[]): Dataset | undefined {
  const { samplesAt } = dataset;
  return samplesAt && { ...dataset, samples: (signal) => samplesAt(places, signal) };
}
