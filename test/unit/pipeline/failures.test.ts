import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../src/config/config.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { forEachModel } from '../../../src/pipeline/failure.ts';
import { judgeModels } from '../../../src/pipeline/judge-models.ts';
import type { Context } from '../../../src/pipeline/prepare.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import type { Runtime, Session } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { CALIBRATING, type Changes, configOf, products, SAMPLES, staged } from '../../support/staged.ts';

type Given = Parameters<typeof staged>;

async function judgedBy(models: readonly ModelConfig[], context: Context): Promise<Report> {
  const report = await judgeModels(
    {
      config: { provider: 'cpu', models },
      baselines: undefined,
      shards: new Map(),
      commit: null,
      date: new Date(0),
      writeChipFile: async () => {},
    },
    context,
  );
  return parseReport(report);
}

async function judged(changes: Changes, model?: ModelProto, files?: Given[2], change = (r: Runtime) => r) {
  const { config, context } = await staged(changes, model, files);
  return judgedBy([config], { ...context, runtime: change(context.runtime) });
}

const verdicts = ({ models }: Report) =>
  models.map(({ name, targets }) => [name, ...targets.map(({ target, verdict }) => `${target} ${verdict}`)]);
const reasons = ({ models }: Report) =>
  models.flatMap(({ targets }) =>
    targets.flatMap(({ target, verdict, reasons }) => (verdict === 'error' ? [`${target}: ${reasons}`] : [])),
  );

/** Sessions that fail at what they do, for models that hold a name. */
const failingAt =
  (task: 'open' | 'run', name: string) =>
  (runtime: Runtime): Runtime => ({
    ...runtime,
    async open(model, options, provider) {
      const isMeant =
        typeof model !== 'string' && Buffer.from(model).includes(name) && options.optimize !== 'none';
      if (isMeant && task === 'open') throw new RangeError('the kernel is at fault');
      const session: Session = await runtime.open(model, options, provider);
      if (!isMeant) return session;
      return { ...session, run: () => Promise.reject(new RangeError('the kernel is at fault')) };
    },
  });

describe('a target that fails', () => {
  it.each(['open', 'run'] as const)(
    'when its emulation is to %s leaves the others as they were',
    async (task) => {
      const targets = ['tensorrt', 'snpe', 'onnxruntime'];
      const whole = await judged({ targets });
      // snpe alone cuts its sums.
      const report = await judged({ targets }, undefined, {}, failingAt(task, '/per-cut'));
      expect(verdicts(report)[0]).toContain('snpe error');
      expect(report.verdict).toBe('error');
      const others = ({ models }: Report) => models[0].targets.filter(({ target }) => target !== 'snpe');
      expect(others(report)).toEqual(others(whole));
      expect(reasons(report)).toEqual([
        'snpe: unexpected error (the kernel is at fault): this is a defect of quantgate, please report it',
      ]);
    },
  );

  it('when its integer kernels run keeps its verdict, and the report says so', async () => {
    const { config, context } = await staged({ targets: ['onnxruntime'] });
    const runtime: Runtime = {
      ...context.runtime,
      async open(model, options, provider) {
        const session = await context.runtime.open(model, options, provider);
        const run = () => Promise.reject(new RangeError('no memory'));
        return options.optimize === 'integer' ? { ...session, run } : session;
      },
    };
    const report = await judgedBy([config], { ...context, runtime });
    expect(verdicts(report)).toEqual([['m', 'onnxruntime pass']]);
    expect(report.warnings).toEqual([expect.stringMatching(/integer kernels were not run: .*no memory/)]);
  });

  it('to be advised on keeps its verdict, and the report says so', async () => {
    const { config, context } = await staged({ targets: ['snpe'], budget: { 'max-drop': '0pp' } });
    let switched = 0;
    const runtime: Runtime = {
      ...context.runtime,
      open(model, options, provider) {
        const isSwitched = typeof model !== 'string' && Buffer.from(model).includes('quantgate/switch/');
        // Attribution opens the first.
        if (isSwitched && switched++ > 0) return Promise.reject(new RangeError('no memory'));
        return context.runtime.open(model, options, provider);
      },
    };
    const report = await judgedBy([config], { ...context, runtime });
    expect(verdicts(report)).toEqual([['m', 'snpe inconclusive']]);
    expect(report.warnings).toEqual([
      'm, snpe: there is no advice: unexpected error (no memory): this is a defect of quantgate, please report it',
    ]);
  });

  it('as its own keys name what it does not have leaves the others as they were', async () => {
    const targets = ['tensorrt', 'onnxruntime'];
    const whole = await judged({ targets });
    const layers = { nowhere: { 'weight-bits': 4 } };
    const report = await judged({ targets: [...targets, { chip: 'snpe', layers }] });
    expect(report.models[0].targets.slice(0, 2)).toEqual(whole.models[0].targets);
    expect(verdicts(report)[0]).toContain('snpe error');
    expect(reasons(report)).toEqual([
      expect.stringMatching(/^snpe: layers: "nowhere" is no layer that snpe quantizes: use names such as/),
    ]);
  });

  it('to be planned is an error, with the model in which nothing is to quantize', async () => {
    const relu = makeModel({
      nodes: [makeNode('Relu', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 8] }],
    });
    const report = await judged(
      { targets: ['snpe', 'tensorrt'], ranges: { nowhere: { alpha: 0, beta: 1 } } },
      relu,
    );
    expect(verdicts(report)).toEqual([['m', 'snpe error', 'tensorrt error']]);
    expect(reasons(report)).toEqual([
      expect.stringMatching(/^snpe: .*snpe has nothing to quantize/),
      expect.stringMatching(/^tensorrt: .*tensorrt has nothing to quantize/),
    ]);
    expect(report.models[0].modelSha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a model that fails', () => {
  const good = configOf();
  const other = (changes: Changes) => configOf({ name: 'other', ...changes });

  it.each<[string, Changes, RegExp, boolean]>([
    ['is not there', { path: 'gone.onnx' }, /gone\.onnx/, false],
    ['is none', { path: 'x.npy' }, /x\.npy/, false],
    ['has no samples to calibrate on', { calibration: { inputs: 'gone.npy' } }, /gone\.npy/, true],
    [
      'has no samples to evaluate',
      { evaluation: { inputs: 'gone.npy', metric: 'agreement' } },
      /gone\.npy/,
      true,
    ],
    ['lacks labels', { evaluation: { inputs: 'x.npy', metric: 'top1' } }, /needs labels/, true],
  ])(
    'because it %s is an error with its line, and the others are judged',
    async (_, changes, line, isFile) => {
      const { context } = await staged();
      const report = await judgedBy([other({ targets: ['snpe', 'tensorrt'], ...changes }), good], context);
      expect(verdicts(report)).toEqual([
        ['other', 'snpe error', 'tensorrt error'],
        ['m', 'snpe pass'],
      ]);
      expect(report.verdict).toBe('error');
      for (const reason of reasons(report)) expect(reason).toMatch(line);
      // With its hash a maintainer can accept it.
      expect(report.models[0].modelSha256 !== null).toBe(isFile);
    },
  );

  it('in ONNX Runtime says what that says', async () => {
    const failing = makeModel({
      nodes: [makeNode('Reshape', ['x', 'shape'], ['r']), makeNode('MatMul', ['r', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 'K'] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: {
        shape: { type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 7n) },
        w: floats([7, 4], new Array(28).fill(1)),
      },
    });
    const report = await judged({}, failing);
    expect(reasons(report)).toEqual([
      expect.stringMatching(/^snpe: ONNX Runtime cannot run the model \(.*reshape/i),
    ]);
  });

  it('does not when the run is interrupted: that ends all', async () => {
    const { config, context } = await staged();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(judgedBy([config], { ...context, signal })).rejects.toThrow('enough');
  });
});

describe('work on each model', () => {
  it('goes on behind one that fails, and says which did', async () => {
    const done: string[] = [];
    const models = ['a', 'b', 'c'].map((name) => configOf({ name }));
    const problems = await forEachModel(models, new AbortController().signal, async ({ name }) => {
      if (name === 'b') throw new TypeError('oh');
      done.push(name);
    });
    expect(done).toEqual(['a', 'c']);
    const said = ['b: unexpected error (oh): this is a defect of quantgate, please report it'];
    expect(problems).toEqual(said);
    // One may be all that a job takes of a configuration.
    const fails = () => Promise.reject(new TypeError('oh'));
    const alone = await forEachModel([models[1]!], new AbortController().signal, fails);
    expect(alone).toEqual(said);
  });
});

describe('a model that draws random numbers', () => {
  it('is inconclusive, with the operator that draws them', async () => {
    const noisy = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Relu', ['h'], ['r']),
        makeNode('RandomNormalLike', ['r'], ['n'], { scale: { f: 1e-6 } }),
        makeNode('Add', ['r', 'n'], ['s']),
        makeNode('MatMul', ['s', 'v'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
    });
    const report = await judged({ targets: ['tensorrt'] }, noisy);
    expect(verdicts(report)).toEqual([['m', 'tensorrt inconclusive']]);
    expect(report.models[0].targets[0].reasons[0]).toMatch(
      /^the figures do not repeat, as "n\/RandomNormalLike" \(RandomNormalLike\) draws/,
    );
  });
});

describe('FP32 that says nothing', () => {
  it('is an error of the model on every target, whatever is lost', async () => {
    const labels = {
      'labels.npy': npyOf({ type: 'int64', dims: [SAMPLES], data: new BigInt64Array(SAMPLES).fill(3n) }),
    };
    // The last column is never the greatest.
    const v = noise(32, 2).map((w, i) => (i % 4 === 3 ? -9 : w));
    const model = products({ w: random([8, 8], 1), v: floats([8, 4], v) });
    const evaluation = {
      inputs: 'x.npy',
      range: [CALIBRATING, SAMPLES],
      labels: 'labels.npy',
      metric: 'top1',
    };
    const report = await judged({ targets: ['tensorrt', 'snpe'], evaluation }, model, labels);
    expect(verdicts(report)).toEqual([['m', 'tensorrt error', 'snpe error']]);
    expect(report.models[0].targets[0].reasons).toEqual([
      'FP32 itself is at chance: top1 0.00 % of 32 samples in 4 classes; is `preprocess` right?',
    ]);
    expect(report.models[0].baseline.state).toBe('no-baseline-yet');
  });
});
