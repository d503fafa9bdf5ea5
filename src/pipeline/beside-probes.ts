import type { Runtime } from '../runtime/runtime.ts';
import { forRunsOf, sessionsAtOnce } from '../runtime/side-by-side.ts';
import type { Probes } from './read-probes.ts';

/** What measures layers on the probes. */
export interface ProbingRuntime {
  readonly runtime: Runtime;
  /** Sessions that are worth having open at once. */
  readonly atOnce: number;
}

/** Values that are wanted at once of a model whose layers are switched, or taken apart into their steps, beside those of the model. */
const TIMES = 4;

/** The runtime for sessions that run on the probes many times; for a few runs all cores are worth more than another session. */
export function forProbes({ live }: Pick<Probes, 'live'>, runtime: Runtime): ProbingRuntime {
  const values = TIMES * live;
  return { runtime: forRunsOf(values, runtime), atOnce: sessionsAtOnce(values, runtime) };
}
