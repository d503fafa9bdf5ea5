import type { Runtime, SessionOptions } from './runtime.ts';
import type { SessionPool } from './session-pool.ts';

/** Values that runs beside each other may want at once together, in elements of float32 (512 MiB). */
const VALUES_AT_ONCE = 2 ** 27;

/** A copy of a model in a thread has all of its weights: of larger models there is none. */
const MOST_BYTES = 2 ** 24;

/**
 * A runtime whose sessions with few values go to threads where runs go side by side, on one core each. A run of a small model gains
 * little by more cores: what its operators do is over before another core has heard of it, and some are computed on one core
 * only (1.1 to 1.8 times as many runs in a second, on two cores). What is larger, or computes elsewhere than on the CPU, has
 * all of the machine, one run after the other.
 */
export function withRunsSideBySide(runtime: Runtime, pool: SessionPool, threads: number): Runtime {
  return {
    ...runtime,
    ...(runtime.provider === 'cpu' && { threads }),
    open(model, options, provider = runtime.provider) {
      const copies = Math.min(threads, copiesOf(options));
      return provider === 'cpu' && copies >= 2 && isSmall(model, options)
        ? pool.open(model, options, copies)
        : runtime.open(model, options, provider);
    },
  };
}

/** The same runtime for sessions of which each run wants so many values at once, and of which many are started. */
export function forRunsOf(values: number, runtime: Runtime): Runtime {
  return {
    ...runtime,
    open: (model, options, provider) => runtime.open(model, { values, ...options }, provider),
  };
}

/** How many sessions are worth having open at once, of which each run wants so many values at once. */
export function sessionsAtOnce(values: number, { threads = 1 }: Runtime): number {
  return Math.max(1, Math.min(threads, copiesOf({ values })));
}

function copiesOf({ values = Infinity }: Pick<SessionOptions, 'values'>): number {
  return Math.floor(VALUES_AT_ONCE / Math.max(values, 1));
}

function isSmall(model: Uint8Array | string, { weights = [], folder }: SessionOptions): boolean {
  return model.length <= MOST_BYTES && weights.length === 0 && folder === undefined;
}
