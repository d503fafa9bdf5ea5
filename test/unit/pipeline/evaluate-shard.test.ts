import { beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/baseline/baseline.ts';
import { writeBaseline } from '../../../src/baseline/baseline.ts';
import type { EvaluationShard } from '../../../src/evaluation/evaluation-record.ts';
import { contestOf } from '../../../src/pipeline/contest-of.ts';
import { evaluateShard, identityOf, mergedEvaluations } from '../../../src/pipeline/evaluate-shard.ts';
import { evaluationSha256 } from '../../../src/pipeline/find-baseline.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { CALIBRATING, type Evaluated, evaluated, prepared, SAMPLES } from '../../support/staged.ts';

let stage: Evaluated;
let dataSha256: string;
let stored: Baseline;
beforeAll(async () => {
  stage = await evaluated({ targets: ['onnxruntime'] });
  dataSha256 = await evaluationSha256(stage.prepared, stage.context);
  stored = { ...stage.evidence.fp32, dataSha256 };
});

const inShards = async (
  count: number,
  baselines = undefined as Parameters<typeof evaluateShard>[1]['baselines'],
) => {
  const { calibration, prepared: ready, context } = stage;
  const shards: EvaluationShard[] = [];
  for (let index = 1; index <= count; index++)
    shards.push(await evaluateShard(ready, { calibration, baselines, shard: { index, count } }, context));
  return shards;
};

describe('a contest', () => {
  it('has FP32 in it, unless a baseline kept its results', () => {
    const names = ({ contestants }: ReturnType<typeof contestOf>) => contestants.map(({ name }) => name);
    const { prepared: ready, candidate } = stage;
    const fresh = contestOf(ready, [candidate], undefined);
    expect(names(fresh)).toEqual(['fp32', 'onnxruntime', 'onnxruntime/int8']);
    expect(fresh.references).toEqual([]);
    const saved = contestOf(ready, [candidate], stored);
    expect(names(saved)).toEqual(['onnxruntime', 'onnxruntime/int8']);
    expect(saved.references).toBe(stored.references);
  });

  it('has no kernels that do not run', () => {
    const { prepared: ready, candidate } = stage;
    for (const kernels of [undefined, { notRun: 'they are for 8 bits' }])
      expect(contestOf(ready, [{ ...candidate, kernels }], stored).contestants).toEqual([
        candidate.emulation,
      ]);
  });
});

describe('shards of an evaluation', () => {
  it('merge to what one runner makes', async () => {
    const shards = await inShards(2);
    expect(shards.map(({ range, shard }) => [range, shard])).toEqual([
      [[CALIBRATING, CALIBRATING + 16], { index: 1, count: 2 }],
      [[CALIBRATING + 16, SAMPLES], { index: 2, count: 2 }],
    ]);
    const { prepared: ready, candidate, evidence, calibration, context } = stage;
    const expected = await identityOf(ready, calibration, dataSha256, context);
    const contest = contestOf(ready, [candidate], undefined);
    const { evaluations, failures } = mergedEvaluations(ready, contest, shards, expected);
    expect(failures.size).toBe(0);
    expect(Object.fromEntries(evaluations)).toEqual(Object.fromEntries(evidence.evaluations));
  });

  it('state the metric over their own samples', async () => {
    const [first] = await inShards(2);
    for (const { scores, value } of first.results.values()) {
      const sum = scores.reduce<number>((all, score) => all + (score as number), 0);
      expect(value).toBeCloseTo(sum / scores.length, 12);
    }
  });

  it('compare with the part of the baseline that is theirs', async () => {
    const references = stored.references.map((reference, i) => (i < 16 ? reference : 7));
    const value = stored.value;
    const baseline = { ...stored, references, value };
    const bytes = Buffer.from(writeBaseline(baseline));
    const [first, second] = await inShards(2, async () => ({ bytes, where: 'm.baseline.json' }));
    expect([...first.results.keys()]).toEqual(['onnxruntime', 'onnxruntime/int8']);
    expect(first.results.get('onnxruntime')!.value).toBeGreaterThan(0.5);
    expect(second.results.get('onnxruntime')!.value).toBe(0);
  });

  it('are refused where they lack a contestant', async () => {
    const { prepared: ready, candidate, calibration, context } = stage;
    const bytes = Buffer.from(writeBaseline(stored));
    const shards = await inShards(1, async () => ({ bytes, where: 'm.baseline.json' }));
    const expected = await identityOf(ready, calibration, dataSha256, context);
    const contest = contestOf(ready, [candidate], undefined);
    expect(() => mergedEvaluations(ready, contest, shards, expected)).toThrow(
      'm: the evaluation shards hold no results of fp32: evaluate and judge with the same baseline, or without one',
    );
  });

  it('say why a contestant has no results, where it failed on one of them', async () => {
    const { prepared: ready, candidate, calibration, context } = stage;
    const [first, second] = await inShards(2);
    const results = new Map([...second.results].filter(([name]) => name !== 'onnxruntime'));
    const failures = new Map([['onnxruntime', 'it does not open']]);
    const expected = await identityOf(ready, calibration, dataSha256, context);
    const contest = contestOf(ready, [candidate], undefined);
    const merged = mergedEvaluations(ready, contest, [first, { ...second, results, failures }], expected);
    expect([...merged.evaluations.keys()]).toEqual(['fp32', 'onnxruntime/int8']);
    expect([...merged.failures]).toEqual([...failures]);
  });

  it('need the number of samples', async () => {
    const { prepared: ready, calibration, context } = stage;
    const shard = { index: 1, count: 2 };
    const rangeless: Prepared = {
      ...ready,
      config: { ...ready.config, evaluation: { ...ready.config.evaluation, range: undefined } },
    };
    const whole = await evaluateShard(rangeless, { calibration, baselines: undefined, shard }, context);
    // 72 samples are five batches of 16 and less.
    expect(whole.range).toEqual([0, 32]);
    const endless = await prepared({ evaluation: { inputs: 'x.mjs' } }, undefined, {
      'x.mjs': 'export default async function* () {}',
    });
    await expect(
      evaluateShard(endless.prepared, { calibration, baselines: undefined, shard }, endless.context),
    ).rejects.toThrow('m: evaluation needs a range to be cut into shards: add evaluation.range');
  });
});

describe('the identity of an evaluation', () => {
  const identity = (ready: Prepared, calibration = stage.calibration, data = dataSha256) =>
    identityOf(ready, calibration, data, stage.context);

  it('says of what model, data, calibration and provider it is', async () => {
    const { prepared: ready } = stage;
    const [first] = await inShards(1);
    expect(first.identity).toEqual(await identity(ready));
    expect(first.identity).toMatchObject({
      model: 'm',
      modelSha256: ready.model.sha256,
      dataSha256,
      provider: 'cpu',
    });
    const other = { ...stage.calibration, ranges: [[0, 8]] as const };
    expect((await identity(ready, other)).calibrationSha256).not.toBe(first.identity.calibrationSha256);
  });

  it('changes with targets, pins and metric', async () => {
    const { prepared: ready } = stage;
    const settings = async (changes: Partial<Prepared['config']>) =>
      (await identity({ ...ready, config: { ...ready.config, ...changes } })).settingsSha256;
    const { config } = ready;
    const pins = new Map([['x', { alpha: -1, beta: 1 }]]);
    const all = await Promise.all([
      settings({}),
      settings({ targets: config.targets.map((target) => ({ ...target, weightBits: 4 })) }),
      settings({ targets: config.targets.map((target) => ({ ...target, ranges: pins })) }),
      settings({ evaluation: { ...config.evaluation, metric: { name: 'cosine' } } }),
    ]);
    expect(new Set(all).size).toBe(4);
  });

  it('changes with the code of a metric of the user', async () => {
    const settings = async (score: number) => {
      const code = `export default { name: 'mine', unit: 'fraction', higherIsBetter: true, score: () => ${score} };`;
      const changes = { evaluation: { inputs: 'x.npy', metric: './mine.mjs' } };
      const mine = await prepared(changes, undefined, { 'mine.mjs': code });
      return (await identityOf(mine.prepared, stage.calibration, dataSha256, mine.context)).settingsSha256;
    };
    expect(await settings(1)).not.toBe(await settings(0));
    expect(await settings(1)).toBe(await settings(1));
  });
});
