import type { Runtime, Session } from '../../src/runtime/runtime.ts';

/** A runtime that counts the sessions that it opens, how many are open, and how many were at most. */
export function countedRuntime(runtime: Runtime) {
  const opened: Session[] = [];
  const count = { open: 0, most: 0 };
  const counted: Runtime = {
    ...runtime,
    async open(...args) {
      const session = await runtime.open(...args);
      opened.push(session);
      count.most = Math.max(count.most, ++count.open);
      const close = async () => {
        count.open--;
        await session.close();
      };
      return { ...session, close };
    },
  };
  return { counted, opened, count };
}
