import type { Runtime } from '../runtime/runtime.ts';
import { forRunsOf, sessionsAtOnce } from '../runtime/side-by-side.ts';
import type { Probes } from './read-probes.ts';

/** What measures layers on the probes. */
export interface ProbingRuntime {
  readonly runtime: Runtime;
  /** Sessions that are worth having open at once. */
  readonly atOnce: number;
}

/**
 * The runtime for sessions that run on the probes many times; for a few runs all cores are worth more than another session. A
 * model whose layers are switched, or taken apart into their steps, wants more at once than the model: it counts with all
 * tensors. Bounded by what the model wants at once, a text detector was explained in five sixths of the time and held 1.4 GB
 * in place of .9.
 */
export function forProbes(probes: Probes, runtime: Runtime): ProbingRuntime {
  const values = [...probes.elements.values()].reduce((sum, size) => sum + size, 0);
  return { runtime: forRunsOf(values, fedBy(probes, runtime)), atOnce: sessionsAtOnce(values, runtime) };
}

/** The runtime for sessions that run on the probes and nothing else: what is measured in either way is shared. */
export function fedBy({ fed }: Probes, runtime: Runtime): Runtime {
  return { ...runtime, ...(fed && { fed }) };
}
