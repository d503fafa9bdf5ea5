import { ahead } from '../../data/ahead.ts';
import type { Batch } from '../../data/batch.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { editableCopy } from '../../onnx/graph.ts';
import { onlyOutputs } from '../../onnx/prune.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import { openModel, weightBytes } from '../../runtime/open-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Lazily, lazily } from '../lazily.ts';
import { suffixOf } from './suffix.ts';
import { switchModel } from './switch-model.ts';
import { type Batches, openSwitched, type SwitchedSession } from './switched-session.ts';

/** Sessions for units that are switched on alone, each opened when it is first asked for. */
export interface UnitSessions {
  /** The one that runs the least for a unit. */
  of(unit: string): Lazily<SwitchedSession>;
  /** How many of them may be in use at once. */
  readonly atOnce: number;
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
  /** Elements of every tensor of the model in a run of the largest batch, as far as they are known. */
  readonly elements: ReadonlyMap<string, number>;
  /** Sessions that are worth having open at once. */
  readonly atOnce: number;
}

/** Opening a session costs about as much as that many units save by it. */
const UNITS_A_PART = 16;
const MOST_PARTS = 6;

/**
 * From so many elements of float32 on (256 MiB) in all tensors of a run a single part is open at a time: each keeps the memory of
 * its largest run, and what it is fed with. It is opened again for each round, which takes less than the memory did: 128 s for 143 of a text detector.
 */
const LARGE_ELEMENTS = 2 ** 26;

/** Weights of all parts together, of which each holds half of the model on average. */
const PARTS_BYTES = 2 ** 28;

/**
 * Has a session for each part of the units of a large model: what is before them is fed as the FP32 model makes it of the
 * probes, and what is behind is as fast as in FP32, for nothing there is to be switched.
 */
export function unitSessions(
  quantized: Quantized,
  { outputs, probes, among, whole, elements, atOnce }: Measured,
  runtime: Runtime,
): UnitSessions {
  const { model } = quantized;
  const names = new Set(among);
  const units = quantized.units.filter(({ name }) => names.has(name));
  const affordable = Math.floor(PARTS_BYTES / Math.max(weightBytes(model.model), 1));
  const wanted = Math.min(Math.floor(units.length / UNITS_A_PART), MOST_PARTS, affordable);
  // A single part is the whole, which is open already.
  const count = wanted > 1 ? wanted : 0;
  const unitsOf = (part: number) =>
    units.slice((part * units.length) / count, ((part + 1) * units.length) / count);
  const openPart = async (part: number) => {
    const switched = switchModel({ ...quantized, units: unitsOf(part) }, outputs);
    const suffix = suffixOf(switched, model);
    return suffix === undefined
      ? openSwitched(switched, probes, runtime)
      : openSwitched(suffix.switched, probes, runtime, feeding(suffix.reads, model, probes, runtime));
  };
  const total = [...elements.values()].reduce((sum, size) => sum + size, 0);
  const isLarge = total > LARGE_ELEMENTS;
  const parts = isLarge ? oneAtATime(count, openPart) : allOpen(count, openPart);
  const sessions = new Map(
    parts.flatMap((session, part) => unitsOf(part).map(({ name }) => [name, session] as const)),
  );
  return {
    of: (unit) => sessions.get(unit) ?? whole,
    atOnce: isLarge ? 1 : atOnce,
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

type OpenPart = (part: number) => Promise<SwitchedSession>;

const allOpen = (count: number, open: OpenPart): Lazily<SwitchedSession>[] =>
  Array.from({ length: count }, (_, part) => lazily(() => open(part)));

/** Each part is closed when another one is asked for, and opened again when it is. */
function oneAtATime(count: number, open: OpenPart): Lazily<SwitchedSession>[] {
  let held: { readonly part: number; readonly session: Lazily<SwitchedSession> } | undefined;
  const close = async () => {
    const before = held;
    held = undefined;
    await before?.session.close();
  };
  return Array.from({ length: count }, (_, part) => ({
    // Whoever asks meanwhile gets the same one.
    get: () => {
      const before = held;
      if (before?.part === part) return before.session.get();
      const session = lazily(async () => {
        await before?.session.close();
        return open(part);
      });
      held = { part, session };
      return session.get();
    },
    close,
  }));
}

/** The probes with tensors of the FP32 model as inputs, which are made when they are first asked for. */
function feeding(
  names: readonly string[],
  { model }: LoadedModel,
  probes: readonly Batch[],
  runtime: Runtime,
): (batches: Batches) => Promise<readonly Batch[]> {
  const made = names.filter((name) => !(name in probes[0].inputs));
  const { model: reading } = editableCopy(model);
  onlyOutputs(reading.graph, new Set(made));
  const fed: Batch[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const feed = async ([first, end]: Batches) => {
    const missing = Array.from({ length: end - first }, (_, i) => first + i).filter(
      (i) => fed[i] === undefined,
    );
    if (missing.length === 0) return fed.slice(first, end);
    const session = made.length === 0 ? undefined : await openModel(reading, { optimize: 'float' }, runtime);
    try {
      const made = ahead(
        missing,
        async (i) => ({ i, tensors: await session?.run(probes[i].inputs) }),
        session?.atOnce ?? 1,
      );
      for await (const { i, tensors } of made) {
        const all: Record<string, Tensor> = { ...probes[i].inputs, ...tensors };
        fed[i] = { ...probes[i], inputs: Object.fromEntries(names.map((name) => [name, all[name]])) };
      }
    } finally {
      await session?.close();
    }
    return fed.slice(first, end);
  };
  // What is asked for while it is made is made once.
  return (batches) => {
    const made = last.then(() => feed(batches));
    last = made.catch(() => {});
    return made;
  };
}
