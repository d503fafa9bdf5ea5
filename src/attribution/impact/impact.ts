import { ahead, allOf } from '../../data/ahead.ts';
import type { Batch } from '../../data/batch.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Attribution, Impact } from '../attribution.ts';
import { type Lazily, lazily } from '../lazily.ts';
import type { Shared } from '../measurements.ts';
import { allOutputs } from './measured-tensors.ts';
import { noiseProducts, type RowsOf } from './noise-products.ts';
import { impactOf } from './output-noise.ts';
import { isDestroyed, rankUnits } from './rank.ts';
import { measureInRounds, roundsOf } from './rounds.ts';
import { sharing } from './shared-measure.ts';
import { switchModel } from './switch-model.ts';

import { type Batches, openSwitched, type SwitchedSession, samplesOf } from './switched-session.ts';
import { unitSessions } from './unit-sessions.ts';

/** Units whose runs are begun before that of the first has ended, for each session that is open at once: they wait for a thread. */
const UNITS_A_SESSION = 4;

/** What every unit costs at the end of the model. */
export interface Impacts
  extends Pick<Attribution, 'fullNsr' | 'additivity' | 'ranking' | 'destroyed' | 'probeSamples'> {
  /** By falling rank. */
  readonly impacts: ReadonlyMap<string, Impact>;
}

export interface ImpactOptions {
  /** The units to measure and rank, all of them if left out; additivity then counts these alone. */
  readonly among?: ReadonlySet<string>;
  /** Names of the outputs that the metric reads, where noise counts; all of the model if left out. */
  readonly outputs?: readonly string[];
  /** Whether units are ordered as a set where their errors interact, and not by what each costs alone; true if left out. */
  readonly isOrdered?: boolean;
  /** What was measured of the same model on the same probes at the same outputs, which is added to; nothing if left out. */
  readonly shared?: Shared | undefined;
  /** Elements of every tensor of the model in a run of the largest batch: those of a large one are measured in less memory. */
  readonly elements?: ReadonlyMap<string, number>;
  /** Sessions that are worth having open at once; one if left out. */
  readonly atOnce?: number;
  /** Ends the measurement between two runs over the probes. */
  readonly signal?: AbortSignal;
  /** Called after each unit that was measured alone. */
  readonly advance?: () => void;
}

/**
 * Measures what each unit alone does to the outputs that the metric reads, and ranks the units. Only the unit is quantized, with
 * what it reads and its weights, and the rest computes in FP32; the measured NSR ranks as the same thing on all
 * samples does. What costs little is measured on fewer probes, and a unit of a large model on what is behind it alone.
 *
 * @throws UserError when there are no probe samples
 */
export async function measureImpacts(
  quantized: Quantized,
  probes: readonly Batch[],
  runtime: Runtime,
  {
    among,
    outputs = allOutputs(quantized.model),
    isOrdered = true,
    shared,
    elements = new Map(),
    atOnce = 1,
    signal,
    advance = () => {},
  }: ImpactOptions = {},
): Promise<Impacts> {
  const switched = switchModel(quantized, outputs);
  const whole = lazily(() => openSwitched(switched, probes, runtime));
  const all = new Set(quantized.units.map(({ name }) => name));
  const measured = [...all].filter((name) => among?.has(name) ?? true);
  const parts = unitSessions(
    quantized,
    { outputs, probes, among: measured, whole, elements, atOnce },
    runtime,
  );
  const known = sharing(quantized.model, switched, shared);
  const measure = (session: Lazily<SwitchedSession>, on: ReadonlySet<string>, batches: Batches) => {
    signal?.throwIfAborted();
    return known.powers(on, batches, async () => (await session.get()).measure(on, batches));
  };
  const rounds = roundsOf(probes);
  const everything: Batches = [0, probes.length];
  try {
    const { nsr: full } = impactOf(await measure(whole, all, everything));
    const unitsAtOnce = atOnce > 1 ? UNITS_A_SESSION * atOnce : 1;
    const measureOne = async (session: Lazily<SwitchedSession>, name: string, batches: Batches) => {
      const powers = await measure(session, new Set([name]), batches);
      if (batches[0] === 0) advance();
      return powers;
    };
    const measureAlone = async function* (names: readonly string[], batches: Batches) {
      const groups = ahead(
        bySession(names, parts.of),
        ([session, units]) => allOf(units, (name) => measureOne(session, name, batches), unitsAtOnce),
        parts.atOnce,
      );
      for await (const powers of groups) yield* powers;
    };
    const alone = await measureInRounds(measured, rounds, measureAlone).finally(parts.close);
    const additivity = ratio(
      [...alone.values()].reduce((sum, { nsr }) => sum + nsr, 0),
      full,
    );
    // What little is left of a destroyed model's outputs, half of the samples tell as well.
    const batches = isDestroyed(full) ? halfOf(rounds) : everything;
    const productsOf = (units: readonly string[]) => {
      const rest = new Set([...all].filter((name) => !units.includes(name)));
      const rowsOf: RowsOf = async (on, at) => {
        signal?.throwIfAborted();
        return (await whole.get()).rows(on, at);
      };
      return known.products({ units, rest }, batches, () =>
        noiseProducts({ units, rest }, rowsOf, batches, switched.measured),
      );
    };
    const names = [...alone.keys()];
    const weightBits = leastWeightBits(quantized);
    const { order, ranking } = isOrdered
      ? await rankUnits({ names, additivity, weightBits }, productsOf)
      : ({ order: names, ranking: 'alone' } as const);
    const impacts = new Map(order.map((name) => [name, alone.get(name)!]));
    return {
      impacts,
      fullNsr: full,
      additivity,
      ranking,
      destroyed: isDestroyed(full),
      probeSamples: samplesOf(probes),
    };
  } finally {
    await whole.close();
  }
}

/**
 * Output NSR with every unit quantized, as `measureImpacts` has it.
 *
 * @param outputs names of the outputs that the metric reads
 */
export async function fullNsr(
  quantized: Quantized,
  probes: readonly Batch[],
  runtime: Runtime,
  outputs: readonly string[] = allOutputs(quantized.model),
): Promise<number> {
  const session = await openSwitched(switchModel(quantized, outputs), probes, runtime);
  try {
    return impactOf(await session.measure(new Set(quantized.units.map(({ name }) => name)))).nsr;
  } finally {
    await session.close();
  }
}

/** Units in their order, as far as they follow each other in one session. */
function bySession<T>(units: readonly string[], sessionOf: (unit: string) => T): [T, string[]][] {
  const groups: [T, string[]][] = [];
  for (const unit of units) {
    const session = sessionOf(unit);
    if (groups.at(-1)?.[0] !== session) groups.push([session, []]);
    groups.at(-1)![1].push(unit);
  }
  return groups;
}

/** Bits of the narrowest weights; infinite where there are none. */
function leastWeightBits({ parameters }: Quantized): number {
  return [...parameters.weights.values()].reduce((least, { grid }) => Math.min(least, grid.bits), Infinity);
}

/** The batches of all rounds but the last, which has as many samples as all before it; of a single round, that. */
function halfOf(rounds: readonly Batches[]): Batches {
  return [0, (rounds.at(-2) ?? rounds[0])[1]];
}

/** a / b, and 1 for equal ones, both zero or both infinite included. */
function ratio(a: number, b: number): number {
  return a === b ? 1 : a / b;
}
