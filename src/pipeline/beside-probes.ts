import type { Runtime } from '../runtime/runtime.ts';
import { forRunsOf, sessionsAtOnce } from '../runtime/side-by-side.ts';
import type { Probes } from './read-probes.ts';

/** What measures layers on the probes. */
export interface ProbingRuntime {
  readonly runtime: Runtime;
  /** Sessions that are worth having open at once. */
  readonly atOnce: number;
}

/** Values of a model some of whose layers are taken apart into their steps, beside those of the model. */
const OF_STEPS = 4;

/** The same of a model whose layers are switched. */
const SWITCHED = 2;

/** For groups of layers that are taken apart into their steps. */
export const forSteps = (probes: Probes, runtime: Runtime): ProbingRuntime =>
  probing(OF_STEPS, probes, runtime);

/** For models whose layers are switched on and off. */
export const forSwitches = (probes: Probes, runtime: Runtime): ProbingRuntime =>
  probing(SWITCHED, probes, runtime);

function probing(times: number, { elements }: Probes, runtime: Runtime): ProbingRuntime {
  const values = times * [...elements.values()].reduce((sum, size) => sum + size, 0);
  return { runtime: forRunsOf(values, runtime), atOnce: sessionsAtOnce(values, runtime) };
}
