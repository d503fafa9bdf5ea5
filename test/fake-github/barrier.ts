/** How long a call waits for the others, in milliseconds. */
const PATIENCE = 20_000;

export interface Barriers {
  /**
   * The next `count` calls of an operation get their answers, computed before any of them is sent, together: the way
   * to make two processes see the same state.
   */
  raise(operation: string, count: number): void;
  /** Waits where a barrier is raised. @returns what went wrong, if the others did not come */
  pass(operation: string): Promise<string | undefined>;
}

export function makeBarriers(): Barriers {
  const raised = new Map<string, { count: number; waiting: (() => void)[] }>();
  return {
    raise: (operation, count) => void raised.set(operation, { count, waiting: [] }),
    pass(operation) {
      const barrier = raised.get(operation);
      if (barrier === undefined) return Promise.resolve(undefined);
      return new Promise((done) => {
        const complaint = () =>
          `the barrier at ${operation} was reached by ${barrier.waiting.length} of ${barrier.count} calls`;
        const timer = setTimeout(() => done(complaint()), PATIENCE);
        barrier.waiting.push(() => {
          clearTimeout(timer);
          done(undefined);
        });
        if (barrier.waiting.length < barrier.count) return;
        raised.delete(operation);
        for (const release of barrier.waiting) release();
      });
    },
  };
}
