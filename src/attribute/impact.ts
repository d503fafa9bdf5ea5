import type { Batch } from '../data/batch.ts';
import type { Parameters } from '../quantization/parameters.ts';
import type { Plan } from '../quantization/plan.ts';
import type { Unit } from '../quantization/units.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { Attribution, Impact } from './attribution.ts';
import { isDestroyed, rankUnits } from './rank.ts';
import { switchModel } from './switch-graph.ts';
import { openSwitched } from './switched-session.ts';

/** What every unit costs at the end of the model. */
export interface Impacts
  extends Pick<Attribution, 'fullNsr' | 'additivity' | 'ranking' | 'destroyed' | 'probeSamples'> {
  /** By falling rank. */
  readonly impacts: ReadonlyMap<string, Impact>;
}

/**
 * Measures what each unit alone does to the outputs of the model, and ranks the units. Only the unit is quantized, with
 * what it reads and its weights, and the rest computes in FP32; the measured NSR ranks as the same thing on all
 * samples does. One session serves all runs.
 *
 * @param units every unit of the plan: all of them are on in the fully quantized model
 * @param onProgress called after each run over the probes with the runs done and the runs known to be needed
 * @param among the units to measure and rank, all by default; additivity then counts these alone
 * @throws UserError when there are no probe samples
 */
export async function measureImpacts(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  units: readonly Unit[],
  probes: readonly Batch[],
  runtime: Runtime,
  onProgress: (done: number, of: number) => void = () => {},
  among: ReadonlySet<string> = new Set(units.map((u) => u.name)),
): Promise<Impacts> {
  const probeSamples = probes.reduce((sum, batch) => sum + batch.indices.length, 0);
  const switched = switchModel(model, plan, parameters, units);
  const session = await openSwitched(model, switched, probes, runtime);
  const measured = units.map((u) => u.name).filter((name) => among.has(name));
  let done = 0;
  let of = measured.length + 1;
  const measure = async (on: ReadonlySet<string>) => {
    const impact = await session.measure(on);
    onProgress(++done, of);
    return impact;
  };
  try {
    const all = new Set(units.map((u) => u.name));
    const full = await measure(all);
    const alone = new Map<string, Impact>();
    for (const name of measured) alone.set(name, await measure(new Set([name])));
    const additivity = ratio(
      [...alone.values()].reduce((sum, { nsr }) => sum + nsr, 0),
      full.nsr,
    );
    const { order, ranking } = await rankUnits(alone, all, additivity, parameters.scheme.weightBits, {
      expect: (runs) => {
        of += runs;
      },
      nsrOf: async (on) => (await measure(on)).nsr,
    });
    const impacts = new Map(order.map((name) => [name, alone.get(name)!]));
    return {
      impacts,
      fullNsr: full.nsr,
      additivity,
      ranking,
      destroyed: isDestroyed(full.nsr),
      probeSamples,
    };
  } finally {
    await session.close();
  }
}

/** Output NSR with every unit quantized, as `measureImpacts` has it. */
export async function fullNsr(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  units: readonly Unit[],
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<number> {
  const session = await openSwitched(model, switchModel(model, plan, parameters, units), probes, runtime);
  try {
    return (await session.measure(new Set(units.map((u) => u.name)))).nsr;
  } finally {
    await session.close();
  }
}

/** a / b, and 1 for equal ones, both zero or both infinite included. */
function ratio(a: number, b: number): number {
  return a === b ? 1 : a / b;
}
