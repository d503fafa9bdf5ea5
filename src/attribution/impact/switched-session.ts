import { allOf } from '../../data/ahead.ts';
import type { Batch } from '../../data/batch.ts';
import { UserError } from '../../errors.ts';
import { rowOf } from '../../evaluation/evaluation.ts';
import type { Outputs } from '../../metrics/metric.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { openModel } from '../../runtime/open-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { noisePowers, type SamplePowers, signalPowers } from './output-noise.ts';
import type { SwitchModel } from './switchable.ts';

/** Batches of probes, from the first up to but without the end. */
export type Batches = readonly [first: number, end: number];

/** A session whose units are switched from run to run. */
export interface SwitchedSession {
  /**
   * What the measured tensors lose with the named units on and all others off, sample by sample.
   *
   * @param batches which of the probes' batches run; all if left out
   */
  measure(on: ReadonlySet<string>, batches?: Batches): Promise<SamplePowers[]>;
  /** The measured tensors themselves, sample by sample. */
  rows(on: ReadonlySet<string>, batches: Batches): Promise<readonly Outputs[]>;
  close(): Promise<void>;
}

/**
 * Opens a switched model on probe samples. Losses are beside the same session with everything off: that is FP32 up
 * to the last bits in which kernels that ONNX Runtime fuses across units may differ.
 *
 * @param probes held in memory, and so are their FP32 outputs, made when they are first asked for
 * @param fed the probes as the model is fed with them
 * @throws UserError when there are no probe samples
 */
export async function openSwitched(
  switched: SwitchModel,
  probes: readonly Batch[],
  runtime: Runtime,
  fed: (batches: Batches) => Promise<readonly Batch[]> = async (batches) => probes.slice(...batches),
): Promise<SwitchedSession> {
  if (probes.length === 0)
    throw new UserError('attribution needs probe samples: give the evaluation at least one');
  const session = await openModel(switched.model, { optimize: 'float' }, runtime);
  const names = switched.measured;
  const rowsOf = async (on: ReadonlySet<string>, batches: Batches): Promise<Outputs[][]> => {
    const switches = Object.fromEntries(
      [...switched.switches].map(([unit, input]) => [input, on.has(unit) ? ON : OFF]),
    );
    return allOf(
      await fed(batches),
      async (batch) => {
        const results = await session.run({ ...switches, ...batch.inputs }, names);
        return Array.from(batch.indices.keys(), (row) => rowOf(results, row, batch.size));
      },
      session.atOnce ?? 1,
    );
  };
  const fp32Of = async (batches: Batches): Promise<WithoutNoise[][]> =>
    (await rowsOf(new Set(), batches)).map((rows) =>
      rows.map((fp32) => ({ fp32, signal: signalPowers(fp32, names) })),
    );
  const known: Promise<WithoutNoise[]>[] = [];
  const without = async ([first, end]: Batches): Promise<WithoutNoise[]> => {
    const places = Array.from({ length: end - first }, (_, i) => first + i);
    const missing = places.filter((i) => known[i] === undefined);
    if (missing.length > 0) {
      const made = fp32Of([missing[0], missing.at(-1)! + 1]);
      for (const i of missing) known[i] = made.then((batches) => batches[i - missing[0]]);
    }
    return (await Promise.all(known.slice(first, end))).flat();
  };
  const all: Batches = [0, probes.length];
  return {
    measure: async (on, batches = all) => {
      const beside = await without(batches);
      return (await rowsOf(on, batches)).flat().map((row, i) => ({
        signal: beside[i].signal,
        noise: noisePowers(beside[i].fp32, row, names),
      }));
    },
    rows: async (on, batches) =>
      on.size === 0 ? (await without(batches)).map(({ fp32 }) => fp32) : (await rowsOf(on, batches)).flat(),
    close: () => session.close(),
  };
}

/** A sample with all units off. */
interface WithoutNoise {
  readonly fp32: Outputs;
  readonly signal: ReturnType<typeof signalPowers>;
}

/** How many samples batches have. */
export function samplesOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { indices }) => sum + indices.length, 0);
}

function scalar(on: boolean): Tensor {
  return { type: 'bool', dims: [], data: Uint8Array.of(on ? 1 : 0) };
}

/** A model may have thousands of switches, all of which every run is fed with. */
const [ON, OFF] = [scalar(true), scalar(false)];
