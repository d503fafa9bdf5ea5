import type { Tensor } from '../numerics/tensor.ts';
import { saidBy } from './engine-error.ts';
import type { Runtime, Session } from './runtime.ts';
import type { NumberedTask, TaskAnswer } from './session-messages.ts';

/** Answers; what is `moved` is gone here afterwards. */
type Reply = (answer: TaskAnswer, moved?: readonly ArrayBuffer[]) => void;

/**
 * Does what a thread is asked for, one task after the other in the order in which they come.
 *
 * @param start starts ONNX Runtime, when it is first needed
 * @param now milliseconds of a clock that never goes back
 */
export function servingSessions(
  start: () => Promise<Runtime>,
  now: () => number,
): (asked: NumberedTask, reply: Reply) => Promise<void> {
  const sessions = new Map<number, Session>();
  let runtime: Runtime | undefined;
  let last: Promise<void> = Promise.resolve();
  const resultOf = async (asked: NumberedTask) => {
    if (asked.kind === 'open') {
      const session = await runtime!.open(asked.model, { ...asked.options, threads: 1 }, 'cpu');
      sessions.set(asked.session, session);
      return { inputs: session.inputs, outputs: session.outputs };
    }
    const session = sessions.get(asked.session);
    // Another thread had it that ended.
    if (session === undefined && asked.kind === 'close') return undefined;
    if (session === undefined) throw new Error('the thread that had it ended');
    if (asked.kind === 'run') return session.run(asked.feeds, asked.fetches);
    sessions.delete(asked.session);
    await session.close();
    return undefined;
  };
  const answer = async (asked: NumberedTask, reply: Reply) => {
    const { task, kind } = asked;
    try {
      runtime ??= await start();
      const begun = now();
      const value = await resultOf(asked);
      const moved = kind === 'run' ? buffersOf(value as Record<string, Tensor>) : [];
      reply({ task, value, ms: now() - begun }, moved);
    } catch (error) {
      reply({ task, said: saidBy(error) });
    }
  };
  return (asked, reply) => {
    last = last.then(() => answer(asked, reply));
    return last;
  };
}

/** Each once: two outputs may be one tensor. Texts have none. */
function buffersOf(tensors: Readonly<Record<string, Tensor>>): ArrayBuffer[] {
  const own = Object.values(tensors).flatMap(({ data }) => (ArrayBuffer.isView(data) ? data.buffer : []));
  return [...new Set(own as ArrayBuffer[])];
}
