import { beforeAll, describe, expect, it } from 'vitest';
import { type Baseline, writeBaseline } from '../../../src/baseline/baseline.ts';
import { noiseGainsAt } from '../../../src/baseline/noise-gains.ts';
import type { BaselineStore } from '../../../src/baseline/store.ts';
import { UserError } from '../../../src/errors.ts';
import { emptyEvaluation } from '../../../src/evaluation/evaluation.ts';
import {
  baselineOf,
  evaluationSha256,
  findBaseline,
  fp32Contestant,
} from '../../../src/pipeline/find-baseline.ts';
import { measureBaseline } from '../../../src/pipeline/measure-baseline.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { sha256Of } from '../../../src/sha256.ts';
import { CALIBRATING, chain, prepared, SAMPLES, type Staged } from '../../support/staged.ts';

let stage: Staged & { prepared: Prepared };
let dataSha256: string;
let baseline: Baseline;
const made = { commit: 'c0'.repeat(20), date: new Date('2026-01-02T03:04:05.678Z') };
beforeAll(async () => {
  stage = await prepared();
  dataSha256 = await evaluationSha256(stage.prepared, stage.context);
  ({ baseline } = await measureBaseline(stage.prepared, stage.context, made));
});

describe('a baseline', () => {
  it('holds the FP32 results of every sample, and says what they are of', () => {
    const { scores, references, tool, outputs, targets, ...origin } = baseline;
    expect(scores).toEqual(new Array(SAMPLES - CALIBRATING).fill(1));
    expect(references).toHaveLength(SAMPLES - CALIBRATING);
    expect(tool).toBe('0.1.0');
    expect(outputs).toMatchObject({ samples: SAMPLES - CALIBRATING, classes: 4, isConstant: false });
    expect(origin).toEqual({
      commit: made.commit,
      date: '2026-01-02T03:04:05.678Z',
      provider: 'cpu',
      model: 'm',
      modelSha256: stage.prepared.model.sha256,
      dataSha256,
      metric: 'agreement',
      unit: 'fraction',
      value: 1,
    });
  });

  it('holds INT8 of every target, with what it was made by', () => {
    const count = SAMPLES - CALIBRATING;
    expect(baseline.targets.map(({ target }) => target)).toEqual(
      stage.prepared.config.targets.map(({ id }) => id),
    );
    for (const each of baseline.targets) {
      expect(each.scores).toHaveLength(count);
      expect(each.value).toBeCloseTo(each.scores.filter((score) => score === 1).length / count, 12);
      expect(each).toMatchObject({
        modelSha256: stage.prepared.model.sha256,
        drop: 1 - each.value,
        worstLayer: expect.any(String),
      });
    }
  });

  it('is of FP32 where a target cannot be measured, and says so', async () => {
    const ready = stage.prepared;
    const config = { ...ready.config, calibration: { ...ready.config.calibration, inputs: 'gone.npy' } };
    const measured = await measureBaseline({ ...ready, config }, stage.context, made);
    expect(measured.baseline.targets).toEqual([]);
    expect(measured.baseline.scores).toEqual(baseline.scores);
    expect(measured.problems).toHaveLength(ready.config.targets.length);
    expect(measured.problems[0]).toMatch(/^m, \w+: .*gone\.npy/);
  });

  it('states the metric over its scores', () => {
    const evaluation = { ...emptyEvaluation(), scores: [1, 0, 0, 0] };
    const origin = { ...made, commit: null, provider: 'cuda', dataSha256 };
    expect(baselineOf(stage.prepared, evaluation, origin)).toMatchObject({
      value: 0.25,
      scores: [1, 0, 0, 0],
      references: [],
      provider: 'cuda',
      commit: null,
    });
  });

  it('is of the data that is evaluated, labels and preprocessing included', async () => {
    const { config } = stage.prepared;
    const hashOf = (changes: Partial<typeof config>) =>
      evaluationSha256({ ...stage.prepared, config: { ...config, ...changes } }, stage.context);
    const { evaluation, preprocess } = config;
    const others = [
      await hashOf({ evaluation: { ...evaluation, range: [CALIBRATING, 48] } }),
      await hashOf({ preprocess: { ...preprocess, scale: 2 } }),
    ];
    expect(await hashOf({})).toBe(dataSha256);
    expect(new Set([dataSha256, ...others]).size).toBe(3);
  });

  it('runs the FP32 model as it is', () => {
    expect(fp32Contestant(stage.prepared)).toEqual({
      name: 'fp32',
      model: stage.prepared.model.model,
      optimize: 'float',
      overflows: new Map(),
    });
  });
});

describe('the noise gains', () => {
  const targets = ['tensorrt', 'onnxruntime'].map((chip) => ({ chip, range: 'min-max' }));

  it('are measured on the units of all targets of a model of very many, at the outputs that the metric reads', async () => {
    const long = await prepared({ targets }, chain(199));
    const { baseline: kept } = await measureBaseline(long.prepared, long.context, made);
    const { noiseGains } = kept;
    const names = long.prepared.targets.flatMap(({ units }) => units.map(({ name }) => name));
    // Its output is a unit of ONNX Runtime alone, which so has just enough.
    expect(names).toHaveLength(199 + 200);
    expect(Object.keys(noiseGains!).sort()).toEqual([...new Set(names)].sort());
    // Noise of the last layer arrives at the output as it is.
    const { white } = noiseGains!['h199/MatMul'];
    expect(white).toBeGreaterThan(0.8);
    expect(white).toBeLessThan(1.2);
    expect(long.shown.find(({ stage: name }) => name === 'm/noise-gains')!.total).toBeUndefined();
    expect(kept.noiseGainsAt).toEqual(['h199']);
    expect(noiseGainsAt(kept, ['h199'])).toEqual(noiseGains);
    expect(noiseGainsAt(kept, ['h198'])).toBeUndefined();
    expect(noiseGainsAt({ ...kept, noiseGainsAt: undefined }, ['h199'])).toBeUndefined();
  }, 120_000);

  it('are not measured on a model of fewer', async () => {
    expect(baseline).not.toHaveProperty('noiseGains');
    const short = await prepared({ targets: targets.slice(0, 1) }, chain(199));
    const measured = (await measureBaseline(short.prepared, short.context, made)).baseline;
    expect(measured).not.toHaveProperty('noiseGains');
  }, 120_000);
});

describe('a stored baseline', () => {
  const storing =
    (stored: Baseline | string): BaselineStore =>
    async (model) => {
      expect(model).toBe('m');
      const text = typeof stored === 'string' ? stored : writeBaseline(stored);
      return { bytes: Buffer.from(text), where: 'm.baseline.json' };
    };
  const found = (store: BaselineStore | undefined) => findBaseline(stage.prepared, dataSha256, store);

  it('is compared with where it is of the same data and metric', async () => {
    const sha256 = sha256Of(Buffer.from(writeBaseline(baseline)));
    expect(await found(storing(baseline))).toEqual({ state: 'compared', baseline, sha256 });
  });

  it('may be there not yet', async () => {
    expect(await found(undefined)).toEqual({ state: 'no-baseline-yet' });
    expect(await found(async () => undefined)).toEqual({ state: 'no-baseline-yet' });
  });

  it('is not compared with where it cannot be had or read, or is of other data', async () => {
    const unavailable = async (store: BaselineStore) => {
      const lookup = await found(store);
      expect(lookup.state).toBe('baseline-unavailable');
      return 'reason' in lookup ? lookup.reason : '';
    };
    const refusing = async () => {
      throw new UserError('the artifact has expired');
    };
    expect(await unavailable(refusing)).toBe('the artifact has expired');
    expect(await unavailable(storing('{}'))).toMatch(/^m\.baseline\.json is not a baseline/);
    expect(await unavailable(storing({ ...baseline, dataSha256: 'ab'.repeat(32) }))).toBe(
      'the evaluation data, labels or preprocessing have changed since, or the options of the metric',
    );
  });

  it('is no obstacle to hide: what is no fault of the user ends the run', async () => {
    const failing = async () => {
      throw new TypeError('bug');
    };
    await expect(found(failing)).rejects.toThrow('bug');
    await expect(found(storing({ ...baseline, model: 'other' }))).rejects.toThrow(
      'm.baseline.json is the baseline of model "other", not of "m": check the baseline folder',
    );
  });
});
