import { beforeAll, describe, expect, it } from 'vitest';
import type { TargetConfig } from '../../../../src/config/target-id.ts';
import { ofSeen } from '../../../../src/evaluation/looked.ts';
import type { Trial } from '../../../../src/pipeline/recover/attempt.ts';
import type { Deadline } from '../../../../src/pipeline/recover/deadline.ts';
import { newSearch } from '../../../../src/pipeline/recover/search.ts';
import { readRepairSamples } from '../../../../src/pipeline/repair-samples.ts';
import type { Judged } from '../../../support/staged.ts';
import { judgedProducts } from './blamed.ts';

let stage: Judged;
let trial: Trial;
let config: TargetConfig;
beforeAll(async () => {
  stage = await judgedProducts({ targets: [{ chip: 'tensorrt', weights: 'per-tensor' }] });
  const { prepared, evidence, context } = stage;
  trial = { prepared, evidence, context, samples: await readRepairSamples(prepared, context) };
  config = stage.candidate.config;
});

/** A deadline after so many pieces. */
const endsAfter = (pieces: number): Deadline => {
  let left = pieces;
  return {
    allows: () => left > 0,
    piece(work) {
      left--;
      return work();
    },
  };
};
const bad = (range: TargetConfig['range']) => ({ kind: 'ranges', config: { ...config, range } }) as const;
const good = () => ({ kind: 'granularity', config: { ...config, weights: 'per-channel' } }) as const;

describe('a search', () => {
  it('keeps what was tried in its order, and what came of what was measured, without their models', async () => {
    const search = newSearch(trial, endsAfter(9));
    const first = (await search.ready(bad('kl')))!;
    const second = (await search.ready(good()))!;
    expect(search.attempts.map(({ kind, outputNsr }) => [kind, outputNsr])).toEqual([
      ['ranges', first.outputNsr],
      ['granularity', second.outputNsr],
    ]);
    expect(second.outputNsr).toBeLessThan(first.outputNsr);
    const [measured] = await search.measure([second]);
    expect(search.attempts.map((each) => 'result' in each)).toEqual([false, true]);
    expect(search.attempts.some((each) => 'candidate' in each)).toBe(false);
    expect(measured.candidate.config).toBe(second.config);
    expect(search.attempts[1]).toMatchObject({ kind: 'granularity', result: measured.result });
  });

  it('judges each change the stricter the more were measured, and follow', async () => {
    const search = newSearch(trial, endsAfter(9));
    const ready = async (range: TargetConfig['range']) => (await search.ready(bad(range)))!;
    const confidences = async (...given: Parameters<typeof search.measure>) =>
      (await search.measure(...given)).map(({ result }) => result.judgement.confidence);
    const { confidence } = stage.prepared.config.budget;
    // All of them miss the budget at an early look, which has a fifth of the error.
    const among = (count: number) => expect.closeTo(1 - (0.2 * (1 - confidence)) / count, 12);
    expect(await confidences([await ready('kl')])).toEqual([among(1)]);
    expect(await confidences([])).toEqual([]);
    expect(await confidences([await ready('min-max'), await ready('percentile')])).toEqual([
      among(3),
      among(3),
    ]);
    expect(await confidences([await ready('mse')], 4)).toEqual([among(8)]);
  });

  it('has a change leave early that surely misses a budget, and judges what keeps it on all samples, as if nobody had looked', async () => {
    const search = newSearch(trial, endsAfter(9));
    const samples = stage.result.scores.length;
    const ready = [(await search.ready(bad('kl')))!, (await search.ready(good()))!];
    const [misses, keeps] = (await search.measure(ready)).map(({ result }) => result);
    expect(misses).toMatchObject({
      judgement: { verdict: 'fail' },
      stopped: { at: misses.scores.length, of: samples },
    });
    expect(misses.scores.length).toBeLessThan(samples / 2);
    expect([keeps.stopped, keeps.looked, keeps.scores.length]).toEqual([undefined, undefined, samples]);
    const { confidence } = stage.prepared.config.budget;
    expect(keeps.judgement.confidence).toBeCloseTo(1 - (1 - confidence) / 2, 12);
  });

  it('is done where a change keeps the budgets, which is the plan then', async () => {
    const search = newSearch(trial, endsAfter(9));
    expect([search.isDone(), search.isUndecided(), search.least()]).toEqual([false, false, undefined]);
    expect(search.best(stage)).toBeUndefined();
    await search.measure([(await search.ready(bad('min-max')))!]);
    expect(search.isDone()).toBe(false);
    await search.measure([(await search.ready(good()))!]);
    expect([search.isDone(), search.isCut()]).toEqual([true, false]);
    expect(search.best(stage)).toMatchObject({ kind: 'granularity', standing: 'keeps' });
    expect(search.least()!.kind).toBe('granularity');
  });

  it('leaves out a change that leaves nothing to quantize, and keeps what else was found', async () => {
    const search = newSearch(trial, endsAfter(9));
    await search.measure([(await search.ready(good()))!]);
    const names = stage.candidate.quantized.units.map(({ name }) => name);
    const layers = new Map(names.map((name) => [name, { float: true }] as const));
    expect(await search.ready({ kind: 'precision', config: { ...config, layers } })).toBeUndefined();
    expect(search.attempts.map(({ kind }) => kind)).toEqual(['granularity']);
    expect(search.best(stage)).toMatchObject({ kind: 'granularity' });
  });

  it('has no plan of what is no better than what was judged', async () => {
    const search = newSearch(trial, endsAfter(9));
    await search.measure([(await search.ready({ kind: 'ranges', config: { ...config } }))!]);
    const { scores, looked } = search.least()!.result;
    expect(scores).toEqual(ofSeen(stage.result.scores, looked));
    expect(search.best(stage)).toBeUndefined();
  });

  it('begins nothing after its time, and says that it was cut', async () => {
    const search = newSearch(trial, endsAfter(1));
    const ready = (await search.ready(good()))!;
    expect(search.isCut()).toBe(false);
    expect(await search.ready(bad('kl'))).toBeUndefined();
    expect([search.isCut(), search.isDone(), search.attempts.length]).toEqual([true, true, 1]);
    // What is ready is measured all the same.
    await search.measure([ready]);
    expect(search.best(stage)).toMatchObject({ standing: 'keeps' });
  });
});
