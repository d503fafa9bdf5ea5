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
  /** What was counted since it was last taken, in the order of the outputs; empty if nothing was. */
  take(): Promise<Histogram[]>;
}

/** What runs, and may count where it does. */
interface CountableSession {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  counterOf?(outputs: readonly CountedOutput[]): OutputCounter;
}

/**
 * Counts where runs are computed: threads count what they made side by side, and this thread holds none of it, nor collects the
 * garbage of it.
 */
export function counterOf(session: CountableSession, outputs: readonly CountedOutput[]): OutputCounter {
  return session.counterOf?.(outputs) ?? counterHere(session, outputs);
}

/** Counts in this thread. */
export function counterHere(
  { run }: Pick<CountableSession, 'run'>,
  outputs: readonly CountedOutput[],
): OutputCounter {
  let histograms: Histogram[] = [];
  return {
    async count(feeds, part) {
      const tensors = { ...feeds, ...(await run(feeds)) };
      if (histograms.length === 0) histograms = outputs.map(createHistogram);
      return outputs.every(({ values, min, max }, i) => {
        const [least, greatest] = [min, max].map((name) => tensors[name].data[0] as number);
        return observe(histograms[i], countedValues(tensors[values], part), least, greatest);
      });
    },
    async take() {
      const taken = histograms;
      histograms = [];
      return taken;
    },
  };
}

/** Takes what several counters counted of the same outputs together, one after the other. */
export async function takeAll(takes: readonly OutputCounter['take'][]): Promise<Histogram[]> {
  let all: Histogram[] = [];
  for (const take of takes) {
    const taken = await take();
    if (all.length === 0) all = taken;
    else for (const [i, each] of taken.entries()) merge(all[i], each);
  }
  return all;
}

function countedValues({ data, dims }: Tensor, { rows, of }: CountedRows): Float32Array {
  const values = data as Float32Array;
  return dims[0] === of ? values.subarray(0, (values.length / of) * rows) : values;
}
