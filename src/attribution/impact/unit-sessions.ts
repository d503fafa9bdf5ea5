import type { Batch } from '../../data/batch.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { editableCopy } from '../../onnx/graph.ts';
import { onlyOutputs } from '../../onnx/prune.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import { openModel, weightBytes } from '../../runtime/open-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { suffixesOf } from './suffixes.ts';
import type { SwitchModel } from './switchable.ts';
import { openSwitched, type SwitchedSession } from './switched-session.ts';

/** Sessions for units that are switched on alone. */
export interface UnitSessions {
  /** The one that runs the least for a unit. */
  of(unit: string): SwitchedSession;
  close(): Promise<void>;
}

/** Opening a session costs about as much as that many units save by it. */
const UNITS_A_SUFFIX = 16;
const MOST_SUFFIXES = 8;

/** Weights of all suffixes together, of which each holds half of the model on average, switched on and off. */
const SUFFIX_BYTES = 2 ** 28;

/**
 * Opens the suffixes of a switched model, each on what the FP32 model makes of the probes up to where it begins.
 *
 * @param whole the session of all of the model, for the units that are in no suffix
 */
export async function openUnitSessions(
  switched: SwitchModel,
  model: LoadedModel,
  { whole, probes }: { readonly whole: SwitchedSession; readonly probes: readonly Batch[] },
  runtime: Runtime,
): Promise<UnitSessions> {
  const affordable = Math.floor(SUFFIX_BYTES / Math.max(weightBytes(model.model), 1));
  const count = Math.min(Math.floor(switched.switches.size / UNITS_A_SUFFIX) - 1, MOST_SUFFIXES, affordable);
  const suffixes = suffixesOf(switched, model, Math.max(count, 0));
  const open: SwitchedSession[] = [];
  const close = async () => {
    for (const session of open) await session.close();
  };
  try {
    const sessions = new Map<string, SwitchedSession>();
    const read = await readTensors(
      [...new Set(suffixes.flatMap(({ reads }) => reads))],
      model,
      probes,
      runtime,
    );
    for (const { switched: part, reads } of suffixes) {
      const fed = probes.map((batch, i) => ({
        ...batch,
        inputs: Object.fromEntries(reads.map((name) => [name, read[i][name]])),
      }));
      const session = await openSwitched(part, fed, runtime);
      open.push(session);
      for (const unit of part.switches.keys()) sessions.set(unit, session);
    }
    return { of: (unit) => sessions.get(unit) ?? whole, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tensors of the FP32 model in each batch. */
async function readTensors(
  names: readonly string[],
  { model }: LoadedModel,
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<Record<string, Tensor>[]> {
  const fed = new Set(Object.keys(probes[0]?.inputs ?? {}));
  const made = names.filter((name) => !fed.has(name));
  if (made.length === 0) return probes.map(({ inputs }) => ({ ...inputs }));
  const { model: reading } = editableCopy(model);
  onlyOutputs(reading.graph, new Set(made));
  const session = await openModel(reading, { optimize: 'float' }, runtime);
  try {
    const read: Record<string, Tensor>[] = [];
    for (const { inputs } of probes) read.push({ ...inputs, ...(await session.run(inputs)) });
    return read;
  } finally {
    await session.close();
  }
}
