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
 * @param probes held in memory, and so are their FP32 outputs
 * @throws UserError when there are no probe samples
 */
export async function openSwitched(
  switched: SwitchModel,
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<SwitchedSession> {
  if (probes.length === 0)
    throw new UserError('attribution needs probe samples: give the evaluation at least one');
  const session = await openModel(switched.model, { optimize: 'float' }, runtime);
  const names = switched.measured;
  const rowsOf = async (on: ReadonlySet<string>, [first, end]: Batches): Promise<Outputs[]> => {
    const switches = Object.fromEntries(
      [...switched.switches].map(([unit, input]) => [input, on.has(unit) ? ON : OFF]),
    );
    const rows: Outputs[] = [];
    for (const batch of probes.slice(first, end)) {
      const results = await session.run({ ...switches, ...batch.inputs }, names);
      for (const row of batch.indices.keys()) rows.push(rowOf(results, row, batch.size));
    }
    return rows;
  };
  try {
    const all: Batches = [0, probes.length];
    const fp32 = await rowsOf(new Set(), all);
    const signals = fp32.map((row) => signalPowers(row, names));
    return {
      measure: async (on, batches = all) => {
        const before = samplesOf(probes.slice(0, batches[0]));
        return (await rowsOf(on, batches)).map((row, i) => ({
          signal: signals[before + i],
          noise: noisePowers(fp32[before + i], row, names),
        }));
      },
      rows: async (on, [first, end]) =>
        on.size === 0
          ? fp32.slice(samplesOf(probes.slice(0, first)), samplesOf(probes.slice(0, end)))
          : rowsOf(on, [first, end]),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
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
