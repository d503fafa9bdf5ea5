import { describe, expect, it } from 'vitest';
import { createHistogram, type Histogram, observe } from '../../../src/numerics/histogram.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { EngineError } from '../../../src/runtime/engine-error.ts';
import type { Answered, NumberedTask, TaskAnswer } from '../../../src/runtime/session-messages.ts';
import { sessionPool } from '../../../src/runtime/session-pool.ts';
import type { Thread } from '../../../src/runtime/thread-crew.ts';

/** A thread that answers when it is told to. */
function heldThread() {
  const asked: NumberedTask[] = [];
  const held: boolean[] = [];
  let hears: ((answer: TaskAnswer) => void) | undefined;
  let ends: ((why: string) => void) | undefined;
  const thread: Thread = {
    ask: (each) => asked.push(each),
    hear: (answered, ended) => {
      hears = answered;
      ends = ended;
    },
    hold: (isHeld) => held.push(isHeld),
  };
  /** Answers the oldest task; what was asked with it is told. */
  const answer = async (ms: number, said?: string) => {
    const task = asked.shift()!;
    const value = made(task);
    hears!(said === undefined ? { task: task.task, value, ms } : { task: task.task, said });
    await settled();
    return task.kind;
  };
  return { thread, asked, held, answer, end: (why: string) => ends!(why) };
}

/** What a thread makes of a task: it has always counted a 1. */
function made(task: NumberedTask): Answered {
  if (task.kind === 'open') return { inputs: [], outputs: [] };
  if (task.kind === 'run') return { y: task.feeds.x };
  if (task.kind === 'take') return [counted(1)];
  return task.kind === 'count' ? true : undefined;
}

function counted(...values: number[]): Histogram {
  const histogram = createHistogram();
  observe(histogram, Float32Array.from(values), Math.min(...values), Math.max(...values));
  return histogram;
}

const settled = () => new Promise((done) => setTimeout(done));
const x = (value: number): Record<string, Tensor> => ({
  x: { type: 'float32', dims: [1], data: Float32Array.of(value) },
});

/** A pool of threads that answer when they are told to, and the open session of a model that takes 10 ms to open. */
async function opened(most = 2, copies = most) {
  const threads: ReturnType<typeof heldThread>[] = [];
  const pool = sessionPool(() => {
    threads.push(heldThread());
    return threads.at(-1)!.thread;
  }, most);
  const opening = pool.open(new Uint8Array(1), { optimize: 'float' }, copies);
  await threads[0].answer(10);
  return { threads, pool, session: await opening };
}

const kinds = ({ asked }: ReturnType<typeof heldThread>) => asked.map(({ kind }) => kind);

describe('a session of a pool', () => {
  it('is opened in one thread, which is given two runs at a time', async () => {
    const { threads, session } = await opened();
    expect(session.atOnce).toBe(3);
    const runs = [1, 2, 3].map((value) => session.run(x(value)));
    expect(threads.map(kinds)).toEqual([['run', 'run']]);
    await threads[0].answer(1);
    expect(kinds(threads[0])).toEqual(['run', 'run']);
    for (const _ of [2, 3]) await threads[0].answer(1);
    expect((await Promise.all(runs)).map(({ y }) => y.data[0])).toEqual([1, 2, 3]);
  });

  it('is opened in another thread that has nothing to do, once runs have waited for as long as that takes', async () => {
    const { threads, session } = await opened();
    const runs = Array.from({ length: 8 }, (_, i) => session.run(x(i)));
    await threads[0].answer(6);
    expect(threads).toHaveLength(1);
    await threads[0].answer(6);
    expect(kinds(threads[1])).toEqual(['open']);
    await threads[1].answer(10);
    // Two that the first thread did, two that it has, and two that were waiting.
    expect(threads.map(kinds)).toEqual([
      ['run', 'run'],
      ['run', 'run'],
    ]);
    for (const thread of [threads[1], threads[0], threads[1], threads[0], threads[1], threads[0]])
      await thread.answer(6);
    expect((await Promise.all(runs)).map(({ y }) => y.data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const closing = session.close();
    await settled();
    expect(threads.map(kinds)).toEqual([['close'], ['close']]);
    for (const thread of threads) await thread.answer(0);
    await closing;
  });

  it('counts in all threads that have it, and takes together what they counted', async () => {
    const { threads, session } = await opened();
    const counter = session.counterOf!([{ values: 'y', min: 'min', max: 'max' }]);
    const counting = Array.from({ length: 6 }, (_, i) => counter.count(x(i), { rows: 1, of: 1 }));
    for (let i = 0; i < 2; i++) await threads[0].answer(6);
    await threads[1].answer(10);
    const taking = counter.take();
    for (const thread of [threads[0], threads[1], threads[0], threads[1]]) {
      expect(kinds(thread)).not.toContain('take');
      await thread.answer(6);
    }
    expect(await Promise.all(counting)).toEqual(Array(6).fill(true));
    expect(threads.map(kinds)).toEqual([['take'], []]);
    await threads[0].answer(0);
    expect(threads.map(kinds)).toEqual([[], ['take']]);
    await threads[1].answer(0);
    expect(await taking).toEqual([{ ...counted(1, 1), slices: 2 }]);
  });

  it('loses no count without a word: a thread that ended has none to give', async () => {
    const { threads, session } = await opened(1);
    const counter = session.counterOf!([{ values: 'y', min: 'min', max: 'max' }]);
    const counting = counter.count(x(1), { rows: 1, of: 1 });
    await threads[0].answer(1);
    expect(await counting).toBe(true);
    threads[0].end('it ran out of memory');
    const taking = counter.take().catch((error: Error) => error);
    await settled();
    await threads[1].answer(0, 'the thread that had it ended');
    expect(await taking).toEqual(new EngineError('run', new Error('the thread that had it ended')));
  });

  it('stays where it is while the other thread is busy, and where it may have no copy', async () => {
    const { threads, pool, session } = await opened();
    const other = pool.open(new Uint8Array(1), { optimize: 'float' }, 1);
    expect(kinds(threads[1])).toEqual(['open']);
    const runs = Array.from({ length: 5 }, (_, i) => session.run(x(i)));
    await threads[0].answer(100);
    expect(kinds(threads[1])).toEqual(['open']);
    await threads[1].answer(10);
    const single = await other;
    const others = Array.from({ length: 4 }, (_, i) => single.run(x(i)));
    for (let i = 0; i < 4; i++) await threads[0].answer(1);
    await Promise.all(runs);
    // The first thread has nothing to do now, but may not have the other session.
    await threads[1].answer(100);
    expect(kinds(threads[0])).toEqual([]);
    for (let i = 0; i < 3; i++) await threads[1].answer(1);
    await Promise.all(others);
  });

  it('goes on where it is if it cannot be opened twice', async () => {
    const { threads, session } = await opened();
    const runs = Array.from({ length: 4 }, (_, i) => session.run(x(i)));
    await threads[0].answer(20);
    await threads[1].answer(0, 'out of memory');
    for (let i = 0; i < 3; i++) await threads[0].answer(1);
    expect(await Promise.all(runs)).toHaveLength(4);
  });

  it('is fed with the values of a view alone', async () => {
    const { threads, session } = await opened();
    const all = Float32Array.of(1, 2, 3, 4);
    const run = session.run({ x: { type: 'float32', dims: [2], data: all.subarray(1, 3) } });
    const [task] = threads[0].asked;
    const { data } = (task as Extract<NumberedTask, { kind: 'run' }>).feeds.x;
    expect([...data]).toEqual([2, 3]);
    expect(data.buffer.byteLength).toBe(8);
    await threads[0].answer(1);
    await run;
  });

  it('is closed after its runs', async () => {
    const { threads, session } = await opened();
    const run = session.run(x(1));
    const closing = session.close();
    await settled();
    expect(kinds(threads[0])).toEqual(['run']);
    await threads[0].answer(1);
    expect(kinds(threads[0])).toEqual(['close']);
    await threads[0].answer(0);
    await Promise.all([run, closing]);
  });

  it('fails with what ONNX Runtime says, and others go on', async () => {
    const { threads, session } = await opened();
    const [bad, good] = [1, 2].map((value) => session.run(x(value)));
    const refused = bad.catch((error: Error) => error);
    await threads[0].answer(0, 'no such shape');
    await threads[0].answer(1);
    expect(await refused).toEqual(new EngineError('run', new Error('no such shape')));
    expect((await good).y.data[0]).toBe(2);
  });

  it('does not open where ONNX Runtime does not take the model', async () => {
    const { threads, pool } = await opened();
    const opening = pool.open(new Uint8Array(1), { optimize: 'float' }, 2).catch((error: Error) => error);
    await threads[1].answer(0, 'no such operator');
    expect(await opening).toEqual(new EngineError('open', new Error('no such operator')));
  });

  it('fails when its thread ends, and others are opened in another one', async () => {
    const { threads, pool, session } = await opened(1);
    const runs = [1, 2, 3].map((value) => session.run(x(value)).catch((error: Error) => error));
    threads[0].end('it ran out of memory');
    await settled();
    // What is told of it later is of no concern to the new one, which has not got the session.
    threads[0].end('code 1');
    await threads[1].answer(0, 'it has no such session');
    expect(await Promise.all(runs)).toEqual(
      ['it ran out of memory', 'it ran out of memory', 'it has no such session'].map(
        (why) => new EngineError('run', new Error(why)),
      ),
    );
    const opening = pool.open(new Uint8Array(1), { optimize: 'float' }, 1);
    await threads[1].answer(10);
    expect(await opening).toMatchObject({ atOnce: 2 });
  });

  it('fails where it cannot be asked, and keeps nothing waiting', async () => {
    const { threads, session } = await opened(1);
    threads[0].thread.ask = () => {
      throw new Error('could not be cloned');
    };
    await expect(session.run(x(1))).rejects.toThrow('could not be cloned');
    expect(threads[0].held.at(-1)).toBe(false);
  });

  it('keeps the process alive only while it has something to do', async () => {
    const { threads, session } = await opened();
    expect(threads[0].held.at(-1)).toBe(false);
    const run = session.run(x(1));
    expect(threads[0].held.at(-1)).toBe(true);
    await threads[0].answer(1);
    await run;
    expect(threads[0].held.at(-1)).toBe(false);
  });
});
