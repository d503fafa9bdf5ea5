import { beforeAll, describe, expect, it } from 'vitest';
import type { Histogram } from '../../../src/numerics/histogram.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { type Runtime, type SessionOptions, startRuntime } from '../../../src/runtime/runtime.ts';
import { servingSessions } from '../../../src/runtime/serve-sessions.ts';
import type { Opened, SessionTask, TaskAnswer } from '../../../src/runtime/session-messages.ts';
import { makeModel, tinyClassifier } from '../../support/models.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
});

/** A thread's side, whose clock goes on by a millisecond a look. */
function serving() {
  const options: SessionOptions[] = [];
  let time = 0;
  const start = async (): Promise<Runtime> => ({
    ...runtime,
    open: (model, given, provider) => {
      options.push(given);
      return runtime.open(model, given, provider);
    },
  });
  const serve = servingSessions(start, () => time++);
  let task = 0;
  const ask = async (asked: SessionTask) => {
    const got: { answer: TaskAnswer; moved: readonly ArrayBuffer[] }[] = [];
    await serve({ ...asked, task: task++ }, (answer, moved = []) => got.push({ answer, moved }));
    return got[0];
  };
  return { ask, options };
}

const model = serializeModel(tinyClassifier());
/** A Relu, with its least and greatest value. */
const observed = makeModel({
  nodes: [
    makeNode('Relu', ['x'], ['y']),
    makeNode('ReduceMin', ['y'], ['min'], { keepdims: 0 }),
    makeNode('ReduceMax', ['y'], ['max'], { keepdims: 0 }),
  ],
  inputs: [{ name: 'x', dims: ['N', 2] }],
  outputs: ['y', 'min', 'max'].map((name) => ({ name, dims: name === 'y' ? ['N', 2] : [] })),
});
const open = { kind: 'open', session: 7, model, options: { optimize: 'float' } } as const;

describe('what a thread does for sessions', () => {
  it('is to open, run on one core, and close them', async () => {
    const { ask, options } = serving();
    const { answer } = await ask(open);
    const plain = await runtime.open(model, { optimize: 'float' });
    const { inputs, outputs } = plain;
    expect(answer).toEqual({ task: 0, value: { inputs, outputs } satisfies Opened, ms: 1 });
    expect(options).toEqual([{ optimize: 'float', threads: 1 }]);
    const [{ name, dims }] = inputs;
    const shape = dims.map((d) => d ?? 1);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    const feeds = { [name]: { type: 'float32' as const, dims: shape, data } };
    const ran = await ask({ kind: 'run', session: 7, feeds, fetches: undefined });
    const expected = await plain.run(feeds);
    expect(ran.answer).toEqual({ task: 1, value: expected, ms: 1 });
    expect(ran.moved).toHaveLength(Object.keys(expected).length);
    expect((await ask({ kind: 'close', session: 7 })).answer).toEqual({ task: 2, value: undefined, ms: 1 });
    await plain.close();
  });

  it('is to count what runs give out, and to give it away once', async () => {
    const { ask } = serving();
    await ask({ ...open, model: serializeModel(observed) });
    const x = { type: 'float32' as const, dims: [2, 2], data: Float32Array.of(-1, 2, 5, 7) };
    const counter = { session: 7, counter: 0 } as const;
    const outputs = [{ values: 'y', min: 'min', max: 'max' }];
    const count = { ...counter, kind: 'count', feeds: { x }, outputs, part: { rows: 1, of: 2 } } as const;
    expect((await ask(count)).answer).toMatchObject({ value: true });
    expect((await ask({ ...counter, counter: 1, kind: 'take' })).answer).toMatchObject({ value: [] });
    const { answer, moved } = await ask({ ...counter, kind: 'take' });
    const [histogram] = (answer as unknown as { value: Histogram[] }).value;
    expect(histogram).toMatchObject({ total: 2, slices: 1, zeros: 1, min: 0, max: 7 });
    expect(moved).toEqual([histogram.counts.buffer]);
    expect((await ask({ ...counter, kind: 'take' })).answer).toMatchObject({ value: [] });
    await ask({ kind: 'close', session: 7 });
    expect((await ask(count)).answer).toMatchObject({ said: 'the thread that had it ended' });
  });

  it('is refused for a session that another thread had', async () => {
    const { ask } = serving();
    const { answer } = await ask({ kind: 'run', session: 3, feeds: {}, fetches: undefined });
    expect(answer).toEqual({ task: 0, said: 'the thread that had it ended' });
    expect((await ask({ kind: 'close', session: 3 })).answer).toMatchObject({ task: 1, value: undefined });
  });

  it('ends with what ONNX Runtime says, in its own words', async () => {
    const { ask } = serving();
    const { answer } = await ask({ ...open, model: Uint8Array.of(1, 2, 3) });
    expect(answer).toMatchObject({ task: 0, said: expect.not.stringContaining('ONNX Runtime cannot') });
  });
});
