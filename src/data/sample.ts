import type { Tensor } from '../numerics/tensor.ts';
import type { Label } from './labels.ts';

/** Indices of samples, half-open: [from, to). */
export type SampleRange = readonly [from: number, to: number];

/** One sample, ready for the model: every tensor has a leading dimension of 1 where the model has a batch dimension. */
export interface Sample {
  /** Index in the data set's files, whatever the range. */
  readonly index: number;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly label: Label | undefined;
}

export interface Dataset {
  /** Number of samples in the range; undefined for a module without a range. */
  readonly length: number | undefined;
  /** Whether samples come with labels; undefined for a module, of which it is not known. */
  readonly labelled: boolean | undefined;
  /** SHA-256 over the files' content, the range and the preprocessing; computed on the first call. */
  sha256(): Promise<string>;
  /**
   * The samples in order, from the first each time it is called, in memory of one sample at a time.
   *
   * @throws UserError naming file and sample when a sample cannot be read, does not fit the model, or is not finite
   */
  samples(signal?: AbortSignal): AsyncIterable<Sample>;
  /** The samples at these places of the range, counted from 0, in this order; a module has none but its own. */
  samplesAt?(places: readonly number[], signal?: AbortSignal): AsyncIterable<Sample>;
  /** Removes temporary files. */
  close(): Promise<void>;
}
