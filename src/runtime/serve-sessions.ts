import { saidBy } from './engine-error.ts';
import { counterHere, type OutputCounter } from './output-counter.ts';
import type { Runtime, Session } from './runtime.ts';
import type { Answered, NumberedTask, TaskAnswer } from './session-messages.ts';

/** Answers; what is `moved` is gone here afterwards. */
type Reply = (answer: TaskAnswer, moved?: readonly ArrayBuffer[]) => void;

/** What came of a task. */
interface Result {
  readonly value: Answered;
  readonly moved?: readonly ArrayBuffer[];
}

/** A session that is open here. */
interface Served {
  readonly session: Session;
  readonly counters: Map<number, OutputCounter>;
}

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
  const sessions = new Map<number, Served>();
  let runtime: Runtime | undefined;
  let last: Promise<void> = Promise.resolve();
  const resultOf = async (asked: NumberedTask): Promise<Result> => {
    if (asked.kind === 'open') {
      const session = await runtime!.open(asked.model, { ...asked.options, threads: 1 }, 'cpu');
      sessions.set(asked.session, { session, counters: new Map() });
      return { value: { inputs: session.inputs, outputs: session.outputs } };
    }
    const served = sessions.get(asked.session);
    // Another thread had it that ended.
    if (served === undefined && asked.kind === 'close') return { value: undefined };
    if (served === undefined) throw new Error('the thread that had it ended');
    if (asked.kind === 'run') {
      const value = await served.session.run(asked.feeds, asked.fetches);
      return { value, moved: buffersOf(Object.values(value).map(({ data }) => data)) };
    }
    if (asked.kind === 'close') {
      sessions.delete(asked.session);
      await served.session.close();
      return { value: undefined };
    }
    const { session, counters } = served;
    const known = counters.get(asked.counter);
    if (asked.kind === 'count') {
      const counter = known ?? counterHere(session, asked.outputs);
      counters.set(asked.counter, counter);
      return { value: await counter.count(asked.feeds, asked.part) };
    }
    const value = (await known?.take()) ?? [];
    return { value, moved: buffersOf(value.map(({ counts }) => counts)) };
  };
  const answer = async (asked: NumberedTask, reply: Reply) => {
    const { task } = asked;
    try {
      runtime ??= await start();
      const begun = now();
      const { value, moved } = await resultOf(asked);
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
function buffersOf(data: readonly unknown[]): ArrayBuffer[] {
  return [...new Set(data.flatMap((each) => (ArrayBuffer.isView(each) ? (each.buffer as ArrayBuffer) : [])))];
}
