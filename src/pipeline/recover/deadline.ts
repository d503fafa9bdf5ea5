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
