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

/** Time that several pieces of work have together. */
export interface SharedTime {
  /** Runs the next piece with its equal share of the seconds that are left: what one does not take is the others'. */
  piece<T>(work: (seconds: number) => Promise<T>): Promise<T>;
}

/** Divides time among pieces of work; what happens between them does not count. */
export function sharedTime(seconds: number, pieces: number, now: () => number): SharedTime {
  let [left, waiting] = [seconds, pieces];
  return {
    async piece(work) {
      const start = now();
      try {
        return await work(Math.max(left, 0) / Math.max(waiting, 1));
      } finally {
        left -= (now() - start) / 1000;
        waiting--;
      }
    },
  };
}
