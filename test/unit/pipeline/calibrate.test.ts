import { beforeAll, describe, expect, it } from 'vitest';
import { type Calibration, writeCalibration } from '../../../src/calibration/calibration-record.ts';
import type { SamplesConfig } from '../../../src/config/config.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { calibrateModel, calibrationOf } from '../../../src/pipeline/calibrate.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { CALIBRATING, prepared, SAMPLES, type Staged } from '../../support/staged.ts';

let stage: Staged & { prepared: Prepared };
let whole: Calibration;
beforeAll(async () => {
  stage = await prepared();
  whole = await calibrateModel(stage.prepared, stage.context);
});

/** A module that yields `count` samples. */
const yielding = (count: number) => ({
  'x.mjs': `export default async function* () {
    for (let i = 0; i < ${count}; i++)
      yield { inputs: { x: { type: 'float32', dims: [1, 8], data: Float32Array.from({ length: 8 }, (_, j) => i + j) } } };
  }`,
});

/** The config with its calibration samples elsewhere. */
const from = (calibration: SamplesConfig, ready = stage.prepared): Prepared => ({
  ...ready,
  config: { ...ready.config, calibration },
});

describe('a calibration', () => {
  it('has seen the samples of its range, and says of what model and data it is', async () => {
    expect(whole.ranges).toEqual([[0, CALIBRATING]]);
    expect(whole.modelSha256).toBe(stage.prepared.model.sha256);
    expect([...whole.histograms.keys()]).toEqual(['x', 'r', 'y']);
    const totals = [...whole.histograms.values()].map(({ total }) => total);
    expect(totals).toEqual([8 * CALIBRATING, 8 * CALIBRATING, 4 * CALIBRATING]);
    const others = await calibrateModel(from({ inputs: 'x.npy', range: [0, 24] }), stage.context);
    expect(others.dataSha256).not.toBe(whole.dataSha256);
  });

  it('takes all samples where there is no range', async () => {
    const { ranges } = await calibrateModel(from({ inputs: 'x.npy' }), stage.context);
    expect(ranges).toEqual([[0, SAMPLES]]);
  });

  it('counts the samples of a module without a range', async () => {
    const {
      prepared: ready,
      context,
      shown,
    } = await prepared({ calibration: { inputs: 'x.mjs' } }, undefined, yielding(21));
    const { ranges } = await calibrateModel(ready, context);
    expect(ranges).toEqual([[0, 21]]);
    expect(shown).toEqual([{ stage: 'm/calibrate', total: undefined, seen: 21, over: true }]);
    await expect(calibrateModel(ready, context, { index: 1, count: 2 })).rejects.toThrow(
      'm: calibration needs a range to be cut into shards: add calibration.range',
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'blames a constant that holds %s for what it makes, not a sample',
    async (value) => {
      const model = makeModel({
        nodes: [
          makeNode('MatMul', ['x', 'w'], ['h']),
          makeNode('Mul', ['h', 'gain'], ['scaled']),
          makeNode('Identity', ['scaled'], ['y']),
        ],
        inputs: [{ name: 'x', dims: ['N', 8] }],
        outputs: [{ name: 'y', dims: ['N', 4] }],
        constants: { w: random([8, 4]), gain: floats([4], [1, 1, value, 1]) },
      });
      const { prepared: ready, context } = await prepared({}, model);
      await expect(calibrateModel(ready, context)).rejects.toThrow(
        /^model\.onnx: activation "\w+" is NaN or infinite because "gain" of the model holds NaN or an infinity: repair the model$/,
      );
    },
  );

  it('shows how far it is', async () => {
    const { shown, context } = stage;
    shown.length = 0;
    await calibrateModel(from({ inputs: 'x.npy', range: [8, 32] }), context);
    expect(shown).toEqual([{ stage: 'm/calibrate', total: 24, seen: 24, over: true }]);
  });

  it('ends when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(calibrateModel(stage.prepared, { ...stage.context, signal })).rejects.toThrow('enough');
  });
});

describe('shards of a calibration', () => {
  const text = (calibration: Calibration) => writeCalibration('m', calibration);
  let shards: Calibration[];
  beforeAll(async () => {
    shards = [];
    for (const index of [1, 2, 3])
      shards.push(await calibrateModel(stage.prepared, stage.context, { index, count: 3 }));
  });
  const merged = (given: readonly Calibration[], ready = stage.prepared) =>
    calibrationOf(ready, given, stage.context);

  it('are cut between batches', () => {
    expect(shards.map(({ ranges }) => ranges)).toEqual([[[0, 16]], [[16, 32]], [[32, CALIBRATING]]]);
  });

  it('are of the range of the config, or of all samples', async () => {
    const second = { index: 2, count: 2 };
    const part = from({ inputs: 'x.npy', range: [8, CALIBRATING] });
    expect((await calibrateModel(part, stage.context, second)).ranges).toEqual([[24, CALIBRATING]]);
    const all = from({ inputs: 'x.npy' });
    expect((await calibrateModel(all, stage.context, second)).ranges).toEqual([[32, SAMPLES]]);
  });

  it('merge to what one runner makes, in any order', async () => {
    expect(text(await merged(shards))).toBe(text(whole));
    expect(text(await merged(shards.toReversed()))).toBe(text(whole));
    expect(text(await calibrationOf(stage.prepared, undefined, stage.context))).toBe(text(whole));
  });

  it('are refused where some are missing, by the first gap', async () => {
    const [first, second, third] = shards;
    const lacks = (from: number, to: number) =>
      `m: the calibration lacks samples ${from} to ${to}: give the files of all shards`;
    await expect(merged([second, third])).rejects.toThrow(lacks(0, 15));
    await expect(merged([first, third])).rejects.toThrow(lacks(16, 31));
    await expect(merged([first, second])).rejects.toThrow(lacks(32, 39));
    await expect(merged([second])).rejects.toThrow(lacks(0, 15));
  });

  it('need not add up where nobody knows to what', async () => {
    const { prepared: ready, context } = await prepared(
      { calibration: { inputs: 'x.mjs' } },
      undefined,
      yielding(21),
    );
    const own = await calibrateModel(ready, context);
    expect(text(await calibrationOf(ready, [own], context))).toBe(text(own));
  });

  it('are refused where they are of another model, of other data, or lack a tensor', async () => {
    const foreign = (changes: Partial<Calibration>) => [{ ...whole, ...changes }];
    await expect(merged(foreign({ modelSha256: 'ab'.repeat(32) }))).rejects.toThrow(
      'm: the calibration is of another version of the model: calibrate again',
    );
    await expect(merged(foreign({ dataSha256: 'ab'.repeat(32) }))).rejects.toThrow(
      'm: the calibration is of other samples or preprocessing: calibrate again',
    );
    const histograms = new Map([...whole.histograms].filter(([name]) => name !== 'r'));
    await expect(merged(foreign({ histograms }))).rejects.toThrow(
      'm: the calibration does not hold tensor "r": calibrate again with this quantgate.yml',
    );
  });
});
