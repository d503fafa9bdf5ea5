/** Says when time is up for work whose pieces take about as long as the last one did. */
export interface Deadline {
  /** Whether another piece of work can be expected to end in time. */
  allows(): boolean;
  /** Runs one piece of work, and learns how long such take. */
  piece<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * @param seconds from now
 * @param now milliseconds of a clock that never goes back
 */
export function deadlineIn(seconds: number, now: () => number): Deadline {
  const end = now() + 1000 * seconds;
  let last = 0;
  return {
    allows: () => now() + last < end,
    async piece(work) {
      const start = now();
      const result = await work();
      last = now() - start;
      return result;
    },
  };
}

/**
 * Divides time among pieces of work: each call gives the next piece its equal share of the seconds that are left, and what
 * one does not take is the others'.
 */
export function sharedSeconds(seconds: number, pieces: number, now: () => number): () => number {
  const end = now() + 1000 * seconds;
  let left = pieces;
  return () => Math.max(end - now(), 0) / 1000 / Math.max(left--, 1);
}
