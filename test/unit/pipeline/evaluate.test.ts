import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { contestOf } from '../../../src/pipeline/contest-of.ts';
import { evaluateSideBySide, FP32 } from '../../../src/pipeline/evaluate.ts';
import { fp32Contestant } from '../../../src/pipeline/find-baseline.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { makeModel, random } from '../../support/models.ts';
import {
  CALIBRATING,
  type Evaluated,
  evaluated,
  prepared,
  SAMPLES,
  twoOutputs,
} from '../../support/staged.ts';

let stage: Evaluated;
beforeAll(async () => {
  stage = await evaluated({ targets: ['onnxruntime'] });
});
const EVALUATED = SAMPLES - CALIBRATING;

/** A runtime that notes what it opens, runs and closes, in their order. */
function watched(runtime: Runtime) {
  const opened: { readonly optimize: string; readonly provider: string | undefined }[] = [];
  const runs: number[] = [];
  let left = 0;
  const watching: Runtime = {
    ...runtime,
    async open(model, options, provider) {
      const session = await runtime.open(model, options, provider);
      const index = opened.push({ optimize: options.optimize, provider }) - 1;
      left++;
      return {
        ...session,
        run: (feeds, fetches) => {
          runs.push(index);
          return session.run(feeds, fetches);
        },
        close: () => {
          left--;
          return session.close();
        },
      };
    },
  };
  return { runtime: watching, opened, runs, left: () => left };
}

const all = () => contestOf(stage.prepared, [stage.candidate], undefined);

describe('an evaluation side by side', () => {
  it('has a result of every model on every sample, and FP32 agrees with itself', async () => {
    const { evaluations } = await evaluateSideBySide(stage.prepared, all(), stage.context);
    expect([...evaluations.keys()]).toEqual([FP32, 'onnxruntime', 'onnxruntime/int8']);
    for (const { scores, greatest } of evaluations.values()) {
      expect(scores).toHaveLength(EVALUATED);
      expect(greatest).toHaveLength(EVALUATED);
    }
    expect(evaluations.get(FP32)!.scores).toEqual(new Array(EVALUATED).fill(1));
  });

  it('tells a metric of the user’s own the order of the outputs, which an object of them does not keep', async () => {
    const two = twoOutputs();
    const files = {
      'order.mjs': `export default {
        name: 'order', unit: 'fraction', higherIsBetter: true, labels: 'none',
        keep: (outputs, names) => names.indexOf('758'),
        score: (outputs, label, kept, names) => Number(kept === 1 && names.join() === 'z,758'),
      };`,
    };
    const evaluation = { inputs: 'x.npy', metric: { module: './order.mjs' } };
    // Its emulation counts overflows in outputs of its own.
    const { evidence } = await evaluated({ targets: ['snpe'], evaluation }, two, files);
    for (const { scores } of evidence.evaluations.values()) expect(new Set(scores)).toEqual(new Set([1]));
    const named = { inputs: 'x.npy', metric: { module: './one.mjs', output: '758' } };
    const one = { 'one.mjs': files['order.mjs'].replace('kept === 1', 'kept === 0').replace('z,758', '758') };
    const alone = await evaluated({ targets: ['snpe'], evaluation: named }, two, one);
    for (const { scores } of alone.evidence.evaluations.values())
      expect(new Set(scores)).toEqual(new Set([1]));
  });

  it('compares the others with what FP32 keeps, or with what a baseline kept', async () => {
    const { evaluations } = await evaluateSideBySide(stage.prepared, all(), stage.context);
    const { references, greatest } = evaluations.get(FP32)!;
    expect(references).toEqual(greatest);
    const own = evaluations.get('onnxruntime')!;
    expect(own.references).toEqual([]);
    expect(own.scores).toEqual(own.greatest.map((index, i) => Number(index === references[i])));
    const stored = references.map((reference) => ((reference as number) + 1) % 4);
    const contest = { contestants: [stage.candidate.emulation], references: stored };
    const { evaluations: beside } = await evaluateSideBySide(stage.prepared, contest, stage.context);
    expect([...beside.keys()]).toEqual(['onnxruntime']);
    const { scores } = beside.get('onnxruntime')!;
    expect(scores).toEqual(own.greatest.map((index, i) => Number(index === stored[i])));
  });

  it('may be of a part of the samples', async () => {
    const range = [CALIBRATING + 16, SAMPLES] as const;
    const { evaluations: part } = await evaluateSideBySide(
      stage.prepared,
      { ...all(), range },
      stage.context,
    );
    const { evaluations: whole } = await evaluateSideBySide(stage.prepared, all(), stage.context);
    expect(part.get(FP32)!.greatest).toEqual(whole.get(FP32)!.greatest.slice(16));
  });

  it('has the first results alone of a model that is wanted for no more', async () => {
    const { contestants, references } = all();
    const limited = contestants.map((each) =>
      each.name === 'onnxruntime' ? { ...each, samples: 10 } : each,
    );
    const whole = await evaluateSideBySide(stage.prepared, all(), stage.context);
    for (const batchSize of [1, 4, 32]) {
      const contest = { contestants: limited, references };
      const { runtime, runs } = watched(stage.context.runtime);
      const context = { ...stage.context, runtime };
      const part = await evaluateSideBySide({ ...stage.prepared, batchSize }, contest, context);
      const [before, after] = [whole, part].map(({ evaluations }) => evaluations.get('onnxruntime')!);
      expect(after.scores).toEqual(before.scores.slice(0, 10));
      expect(after.greatest).toEqual(before.greatest.slice(0, 10));
      expect(part.evaluations.get('onnxruntime/int8')!.scores).toHaveLength(EVALUATED);
      expect(runs.filter((index) => index === 1)).toHaveLength(Math.ceil(10 / batchSize));
    }
  });

  it('runs the integer kernels on the CPU, whatever the provider, and the others as they are written', async () => {
    const { runtime, opened } = watched(stage.context.runtime);
    await evaluateSideBySide(stage.prepared, all(), { ...stage.context, runtime });
    expect(opened).toEqual([
      { optimize: 'float', provider: undefined },
      { optimize: 'float', provider: undefined },
      { optimize: 'integer', provider: 'cpu' },
    ]);
  });

  it('shows how far it is, and how long each model took', async () => {
    const { shown, context, prepared } = stage;
    shown.length = 0;
    let clock = 0;
    const times = { seconds: { 'm/onnxruntime': 1 }, inner: 0 };
    const ticking = { ...context, times, now: () => (clock += 250) };
    await evaluateSideBySide(prepared, all(), ticking);
    expect(shown).toEqual([{ stage: 'm/evaluate', total: EVALUATED, seen: EVALUATED, over: true }]);
    expect(times.seconds).toMatchObject({
      'm/fp32': 0.25,
      'm/onnxruntime': 1.25,
      'm/onnxruntime/int8': 0.25,
    });
  });

  it('lets models take turns after 2^24 input values', async () => {
    const mean = makeModel({
      nodes: [
        makeNode('ReduceMean', ['x'], ['m'], { axes: [1], keepdims: 1 }),
        makeNode('MatMul', ['m', 'w'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 'K'] }],
      outputs: [{ name: 'y', dims: ['N', 2] }],
      constants: { w: random([1, 2], 1) },
    });
    const code = `export default async function* () {
      const x = { type: 'float32', dims: [1, 2 ** 23], data: new Float32Array(2 ** 23) };
      for (let i = 0; i < 5; i++) yield { inputs: { x } };
    }`;
    const wide = await prepared({ evaluation: { inputs: 'wide.mjs', range: [0, 5] } }, mean, {
      'wide.mjs': code,
    });
    const { runtime, runs } = watched(wide.context.runtime);
    const fp32 = fp32Contestant(wide.prepared);
    const contest = { contestants: [fp32, { ...fp32, name: 'twin' }], references: [] };
    const single = { ...wide.prepared, batchSize: 1 };
    wide.shown.length = 0;
    const { evaluations } = await evaluateSideBySide(single, contest, { ...wide.context, runtime });
    expect(runs).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 1]);
    expect(evaluations.get('twin')!.scores).toEqual([1, 1, 1, 1, 1]);
    expect(wide.shown[0]).toMatchObject({ total: 5, seen: 5 });
  });

  it('closes what it opened when a sample fails', async () => {
    const { runtime, opened, left } = watched(stage.context.runtime);
    const score = () => {
      throw new Error('no score');
    };
    const metric = { ...stage.prepared.metric, score };
    const failing = evaluateSideBySide({ ...stage.prepared, metric }, all(), { ...stage.context, runtime });
    await expect(failing).rejects.toThrow('metric agreement, sample 40: no score');
    expect(opened).toHaveLength(3);
    expect(left()).toBe(0);
  });

  it('ends when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const contest = { contestants: [fp32Contestant(stage.prepared)], references: [] };
    await expect(evaluateSideBySide(stage.prepared, contest, { ...stage.context, signal })).rejects.toThrow(
      'enough',
    );
  });
});
