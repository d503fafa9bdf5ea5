import type { Dataset } from './sample.ts';

/** The first samples of a data set, all of them where it has no more. */
export function firstSamples(dataset: Dataset, most: number): Dataset {
  return {
    ...dataset,
    length: dataset.length === undefined ? undefined : Math.min(dataset.length, most),
    async *samples(signal) {
      let left = most;
      if (left <= 0) return;
      for await (const sample of dataset.samples(signal)) {
        yield sample;
        if (--left <= 0) return;
      }
    },
  };
}
