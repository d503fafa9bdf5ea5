import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../../src/numerics/tensor.ts';
import { calibrateModel } from '../../../../src/pipeline/calibrate.ts';
import { candidatesOf } from '../../../../src/pipeline/candidates.ts';
import { chipFilesOf } from '../../../../src/pipeline/export.ts';
import type { RunConsumer } from '../../../../src/pipeline/verify/consumer.ts';
import { verifyModel } from '../../../../src/pipeline/verify/verify-model.ts';
import type { CheckedTarget } from '../../../../src/verification/verification-schema.ts';
import { verificationSchema } from '../../../../src/verification/verification-schema.ts';
import { type AskedJob, qdqConsumer } from '../../../support/fake-consumer.ts';
import {
  CALIBRATING,
  type Changes,
  prepared,
  products,
  SAMPLES,
  type Staged,
} from '../../../support/staged.ts';

const COUNT = SAMPLES - CALIBRATING;

/** A project with the chip files of its targets in `out`. */
async function run(changes: Changes = {}, ...more: [model?: ReturnType<typeof products>]) {
  const stage = await prepared({ targets: ['openvino'], ...changes }, ...more);
  const { prepared: ready, context, folder } = stage;
  const calibration = await calibrateModel(ready, context);
  const { candidates } = await candidatesOf(ready, calibration, context);
  const out = join(folder, 'out');
  for (const candidate of candidates)
    for (const { path, content } of chipFilesOf(ready, candidate)) {
      mkdirSync(dirname(join(out, path)), { recursive: true });
      writeFileSync(join(out, path), content);
    }
  return { ...stage, out };
}

let stage: Staged & { out: string };
beforeAll(async () => {
  stage = await run();
});

async function check(consumer: RunConsumer, { config, context, out } = stage, samples?: number) {
  const source = { kind: 'libraries', run: consumer, out } as const;
  const { model } = await verifyModel(config, { source, samples }, context);
  return model.targets;
}
const checkOne = async (...given: Parameters<typeof check>) => (await check(...given))[0] as CheckedTarget;

/** With values that are `factor` times as large. */
const scaled = (tensor: Tensor, factor: number): Tensor => ({
  ...tensor,
  data: (tensor.data as Float32Array).map((value) => value * factor),
});

describe('a library that computes what is predicted', () => {
  it('agrees, in outputs and in all codes inside of the model', async () => {
    const target = await checkOne(qdqConsumer());
    expect(target).toMatchObject({
      target: 'openvino',
      outcome: 'agrees',
      source: 'library',
      library: 'Fake',
      version: '1.2',
      metric: { name: 'agreement', fp32: 1, difference: 0 },
      samples: COUNT,
      equalShare: 1,
      notes: ['it is a fake'],
    });
    expect(target.metric.measured).toBe(target.metric.predicted);
    expect(target.sqnrDb === null || target.sqnrDb! > 60).toBe(true);
    expect(target.layers).toMatchObject({ samples: 8, first: null, worst: null });
    expect(target.layers!.along.map(({ tensor }) => tensor)).toContain('r');
  });

  it('is given all samples, the first calibration samples, and the files of the chip, and leaves nothing behind', async () => {
    const jobs: AskedJob[] = [];
    const folders: string[] = [];
    const sees = (job: AskedJob, folder: string) => {
      jobs.push(job);
      folders.push(dirname(dirname(dirname(folder))));
    };
    await check(qdqConsumer({ sees }));
    const [outputs, layers] = jobs;
    expect(outputs).toMatchObject({
      version: 1,
      chip: 'openvino',
      model: join(stage.folder, 'model.onnx'),
      files: join(stage.out, 'chips/m/openvino'),
      qdq: join(stage.out, 'chips/m/openvino/model.qdq.onnx'),
      inputs: [{ name: 'x', type: 'float32' }],
      outputs: ['y'],
      samples: COUNT,
      calibration: 16,
      options: {},
    });
    expect(layers).toMatchObject({ outputs: ['y', 'r'], samples: 8 });
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
  });

  it('is asked about the first samples alone where so many are', async () => {
    expect(await checkOne(qdqConsumer(), stage, 21)).toMatchObject({ outcome: 'agrees', samples: 21 });
    expect(await checkOne(qdqConsumer(), stage, 5)).toMatchObject({
      outcome: 'cannot-tell',
      layers: { samples: 5 },
    });
  });

  it('is given so many samples together as a model takes, and each is scored once', async () => {
    const model = products();
    for (const { type } of [...model.graph!.input, ...model.graph!.output])
      if (type?.value.case === 'tensorType')
        type.value.value.shape!.dim[0]!.value = { case: 'dimValue', value: 5n };
    const shapes: (readonly number[])[] = [];
    const change = (tensor: Tensor, name: string) => {
      if (name === 'y') shapes.push(tensor.dims);
      return tensor;
    };
    const target = await checkOne(qdqConsumer({ change }), await run({}, model));
    expect(target).toMatchObject({
      outcome: 'agrees',
      samples: COUNT,
      equalShare: 1,
      layers: { samples: 10 },
    });
    // 32 samples in sevens of 5, and 2 for what is inside.
    expect(shapes).toEqual(new Array(7 + 2).fill([5, 4]));
  });

  it('gets the model with Q/DQ of a target that writes none, and the repaired model of one that is repaired', async () => {
    const other = await run({ targets: ['snpe', { chip: 'openvino', recipe: ['correct-bias', 'round'] }] });
    const jobs: AskedJob[] = [];
    const targets = await check(qdqConsumer({ sees: (job) => jobs.push(job) }), other);
    expect(targets.map(({ outcome }) => outcome)).not.toContain('error');
    const of = (chip: string) => jobs.find((job) => job.chip === chip)!;
    expect(of('snpe').qdq).toMatch(/model\.qdq\.onnx$/);
    expect(of('snpe').qdq).not.toContain(other.out);
    expect(of('openvino').model).toMatch(/chips\/m\/openvino[^/]*\/model\.onnx$/);
  });
});

describe('a library that computes something else', () => {
  it('differs: the metric, the outputs, and the layers from the first that does', async () => {
    const change = (tensor: Tensor, name: string) => scaled(tensor, name === 'y' ? -1 : 1.1);
    const target = await checkOne(qdqConsumer({ change }));
    expect(target.outcome).toBe('differs');
    expect(target.metric.difference).toBeLessThan(-0.5);
    expect(target.metric.interval[1]).toBeLessThan(0);
    expect(target.equalShare).toBeLessThan(0.5);
    // −y beside y: noise is twice the signal, squared.
    expect(target.sqnrDb).toBeCloseTo(-10 * Math.log10(4), 0);
    expect(target.layers!.first).toMatchObject({ tensor: 'r' });
    expect(target.layers!.worst!.sqnrDb).toBeLessThan(25);
  });

  it('may leave out dimensions of 1', async () => {
    const change = (tensor: Tensor) => ({ ...tensor, dims: tensor.dims.filter((d) => d !== 1) });
    expect(await checkOne(qdqConsumer({ change }))).toMatchObject({ outcome: 'agrees' });
  });

  it.each<[string, Parameters<typeof qdqConsumer>[0], RegExp]>([
    [
      'another shape',
      { change: (t) => ({ ...t, dims: [2, 2] }) },
      /^output "y" of sample 0 has shape \(2, 2\), not \(1, 4\)/,
    ],
    ['no number', { change: (t) => scaled(t, Number.NaN) }, /^output "y" of sample 0 holds NaN at element 0/],
    [
      'a sample less',
      { change: (t, _, sample) => (sample === 3 ? undefined : t) },
      /^output "y" of sample 3 is not there/,
    ],
    [
      'no last line',
      { tells: 'done' },
      /^the last line of consumers\/openvino\.py is not what a consumer tells/,
    ],
    ['no output', { tells: '{"library":"Fake","version":"1","shown":[]}' }, /^Fake does not show output "y"/],
  ])('is an error where it gives %s', async (_, quirks, why) => {
    const [target] = await check(qdqConsumer(quirks));
    expect(target).toEqual({
      target: 'openvino',
      chip: 'openvino',
      outcome: 'error',
      reasons: [expect.stringMatching(why)],
    });
  });

  it('is compared by its outputs where its inner tensors cannot be read', async () => {
    const change = (tensor: Tensor, name: string) => (name === 'y' ? tensor : { ...tensor, dims: [2, 4] });
    const target = await checkOne(qdqConsumer({ change }));
    expect(target.outcome).toBe('agrees');
    expect(target.layers).toBeUndefined();
    expect(target.notes).toContainEqual(
      expect.stringMatching(/^1 tensors are not compared, the first: tensor "r"/),
    );
  });
});

describe('a consumer that fails', () => {
  const fails =
    (stderr: string, code: number | null = 1): RunConsumer =>
    async () => ({ code, stdout: '', stderr });

  it('is an error of its target alone, in its own last words', async () => {
    const other = await run({ targets: ['openvino', 'onnxruntime'] });
    const good = qdqConsumer();
    const consumer: RunConsumer = (name, folder) =>
      name === 'openvino'
        ? fails('Traceback\nopenvino is not installed: pip install it\n')(name, folder)
        : good(name, folder);
    expect(await check(consumer, other)).toMatchObject([
      { outcome: 'error', reasons: ['openvino is not installed: pip install it'] },
      { target: 'onnxruntime', outcome: 'agrees' },
    ]);
  });

  it('is named where it says nothing, or took too long', async () => {
    expect(await check(fails('', 139))).toMatchObject([
      { reasons: ['consumers/openvino.py ended with exit code 139 and said nothing'] },
    ]);
    const late: RunConsumer = async () => ({
      code: null,
      stdout: '',
      stderr: 'busy',
      ended: 'took longer than 30 minutes',
    });
    expect(await check(late)).toMatchObject([
      { reasons: ['consumers/openvino.py took longer than 30 minutes'] },
    ]);
  });

  it('fails for the layers alone without a loss to the rest', async () => {
    const good = qdqConsumer();
    const consumer: RunConsumer = (name, folder) =>
      folder.endsWith('layers') ? fails('no such tensor')(name, folder) : good(name, folder);
    const target = await checkOne(consumer);
    expect(target.outcome).toBe('agrees');
    expect(target.notes).toContain('the layers are not compared: no such tensor');
  });
});

describe('chip files', () => {
  it('that are not what the configuration makes are refused, and so are those that are not there', async () => {
    const other = await run();
    const file = join(other.out, 'chips/m/openvino/model.qdq.onnx');
    const bytes = readFileSync(file);
    bytes[bytes.length - 20] ^= 1;
    writeFileSync(file, bytes);
    expect(await check(qdqConsumer(), other)).toMatchObject([
      {
        reasons: [
          expect.stringMatching(
            /^chips\/m\/openvino\/model\.qdq\.onnx of the run is not what this configuration makes/,
          ),
        ],
      },
    ]);
    rmSync(file);
    expect(await check(qdqConsumer(), other)).toMatchObject([
      { reasons: [expect.stringMatching(/cannot be read .*: run npx --no -- quantgate run first/)] },
    ]);
  });
});

it('verify.json conforms to its schema', async () => {
  const targets = await check(qdqConsumer());
  const models = [{ name: 'm', modelSha256: '0'.repeat(64), dataSha256: '0'.repeat(64), targets }];
  const verification = {
    version: 1,
    tool: { name: 'quantgate', version: '1' },
    date: new Date(0).toISOString(),
    models,
  };
  expect(verificationSchema.parse(verification)).toEqual(verification);
});
