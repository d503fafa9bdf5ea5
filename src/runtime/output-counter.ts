import { createHistogram, type Histogram, merge, observe } from '../numerics/histogram.ts';
import type { Tensor } from '../numerics/tensor.ts';

/** Names of an output, or of an input, whose values are counted, and of the outputs that carry its extremes. */
export interface CountedOutput {
  readonly values: string;
  readonly min: string;
  readonly max: string;
}

/** How many of the rows of a run are counted, from the first on. */
export interface CountedRows {
  readonly rows: number;
  readonly of: number;
}

/** Counts the values of outputs, run by run. */
export interface OutputCounter {
  /**
   * Runs once, and counts.
   *
   * @returns whether all values are finite; where one is not, what was counted is of no use
   * @throws EngineError when ONNX Runtime fails
   */
  count(feeds: Readonly<Record<string, Tensor>>, part: CountedRows): Promise<boolean>;
  /** What was counted since it was last asked, in the order of the outputs. */
  take(): Promise<Histogram[]>;
}

/** What runs, and may count where it does. */
interface Counting {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  counterOf?(outputs: readonly CountedOutput[]): OutputCounter;
}

/**
 * Counts where runs are computed: threads count what they made side by side, and none of it is held by this process, which would
 * collect its garbage for each hundred megabytes that arrive.
 */
export function counterOf(session: Counting, outputs: readonly CountedOutput[]): OutputCounter {
  return session.counterOf?.(outputs) ?? counterHere(session, outputs);
}

/** Counts in this thread. */
export function counterHere(
  { run }: Pick<Counting, 'run'>,
  outputs: readonly CountedOutput[],
): OutputCounter {
  let histograms = outputs.map(createHistogram);
  return {
    async count(feeds, part) {
      const tensors = { ...feeds, ...(await run(feeds)) };
      return outputs.every(({ values, min, max }, i) => {
        const [least, greatest] = [min, max].map((name) => tensors[name].data[0] as number);
        return observe(histograms[i], countedValues(tensors[values], part), least, greatest);
      });
    },
    async take() {
      const taken = histograms;
      histograms = outputs.map(createHistogram);
      return taken;
    },
  };
}

/** Merges what several counters counted of the same outputs. */
export function merged(counted: readonly (readonly Histogram[])[]): Histogram[] {
  const [first, ...others] = counted;
  for (const histograms of others) for (const [i, each] of histograms.entries()) merge(first[i], each);
  return [...first];
}

function countedValues({ data, dims }: Tensor, { rows, of }: CountedRows): Float32Array {
  const values = data as Float32Array;
  return dims[0] === of ? values.subarray(0, (values.length / of) * rows) : values;
}
