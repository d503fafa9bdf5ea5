import type { Batch } from '../../data/batch.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { editableCopy } from '../../onnx/graph.ts';
import { onlyOutputs } from '../../onnx/prune.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Unit } from '../../quantization/units.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import { openModel, weightBytes } from '../../runtime/open-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Lazily, lazily } from '../lazily.ts';
import { suffixOf } from './suffix.ts';
import { switchModel } from './switch-model.ts';
import { openSwitched, type SwitchedSession } from './switched-session.ts';

/** Sessions for units that are switched on alone, each opened when it is first asked for. */
export interface UnitSessions {
  /** The one that runs the least for a unit. */
  of(unit: string): Lazily<SwitchedSession>;
  close(): Promise<void>;
}

/** What the sessions are for. */
interface Measured {
  /** Names of the outputs that the metric reads. */
  readonly outputs: readonly string[];
  readonly probes: readonly Batch[];
  /** Names of the units that are measured. */
  readonly among: readonly string[];
  /** The session of all of the model, for units that have no other. */
  readonly whole: Lazily<SwitchedSession>;
}

/** Opening a session costs about as much as that many units save by it. */
const UNITS_A_PART = 16;
const MOST_PARTS = 12;

/** Weights of all parts together, of which each holds half of the model on average. */
const PARTS_BYTES = 2 ** 28;

/**
 * Has a session for each part of the units of a large model: what is before them is fed as the FP32 model makes it of the
 * probes, and what is behind is as fast as in FP32, for nothing there is to be switched.
 */
export function unitSessions(
  quantized: Quantized,
  { outputs, probes, among, whole }: Measured,
  runtime: Runtime,
): UnitSessions {
  const { model } = quantized;
  const names = new Set(among);
  const units = quantized.units.filter(({ name }) => names.has(name));
  const affordable = Math.floor(PARTS_BYTES / Math.max(weightBytes(model.model), 1));
  const wanted = Math.min(Math.floor(units.length / UNITS_A_PART), MOST_PARTS, affordable);
  // A single part is the whole, which is open already.
  const count = wanted > 1 ? wanted : 0;
  const openPart = async (some: readonly Unit[]) => {
    const switched = switchModel({ ...quantized, units: some }, outputs);
    const suffix = suffixOf(switched, model);
    const fed = suffix === undefined ? probes : await feeding(suffix.reads, model, probes, runtime);
    return openSwitched(suffix?.switched ?? switched, fed, runtime);
  };
  const sessions = new Map<string, Lazily<SwitchedSession>>();
  const parts = Array.from({ length: count }, (_, part) => {
    const some = units.slice((part * units.length) / count, ((part + 1) * units.length) / count);
    const session = lazily(() => openPart(some));
    for (const { name } of some) sessions.set(name, session);
    return session;
  });
  return {
    of: (unit) => sessions.get(unit) ?? whole,
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

/** The probes with tensors of the FP32 model as inputs. */
async function feeding(
  names: readonly string[],
  { model }: LoadedModel,
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<Batch[]> {
  const made = names.filter((name) => !(name in probes[0].inputs));
  const { model: reading } = editableCopy(model);
  onlyOutputs(reading.graph, new Set(made));
  const session = made.length === 0 ? undefined : await openModel(reading, { optimize: 'float' }, runtime);
  try {
    const fed: Batch[] = [];
    for (const batch of probes) {
      const all: Record<string, Tensor> = { ...batch.inputs, ...(await session?.run(batch.inputs)) };
      fed.push({ ...batch, inputs: Object.fromEntries(names.map((name) => [name, all[name]])) });
    }
    return fed;
  } finally {
    await session?.close();
  }
}
