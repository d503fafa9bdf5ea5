import { expect, it } from 'vitest';
import type { EvaluationShard } from '../../../src/evaluation/evaluation-record.ts';
import { calibrateModel } from '../../../src/pipeline/calibrate.ts';
import { candidatesOf } from '../../../src/pipeline/candidates.ts';
import { contestOf } from '../../../src/pipeline/contest-of.ts';
import { evaluateSideBySide } from '../../../src/pipeline/evaluate.ts';
import { evaluateShard, identityOf, mergedEvaluations } from '../../../src/pipeline/evaluate-shard.ts';
import { evaluationSha256 } from '../../../src/pipeline/find-baseline.ts';
import { floats, noise } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { prepared, SAMPLES } from '../../support/staged.ts';

const target = { chip: 'snpe', 'weight-bits': 4 };
const repaired = {
  targets: [
    { ...target, recipe: ['equalize', 'round', 'correct-bias'] },
    { ...target, chip: 'onnxruntime', recipe: ['gptq'] },
    'tensorrt',
  ],
};

it('shards of an evaluation of repaired targets merge to what one runner makes, bit by bit', async () => {
  const { prepared: ready, context } = await prepared(repaired);
  const calibration = await calibrateModel(ready, context);
  const dataSha256 = await evaluationSha256(ready, context);
  const { candidates, failed } = await candidatesOf(ready, calibration, context);
  expect(failed).toEqual([]);
  const contest = contestOf(ready, candidates, undefined);
  const alone = await evaluateSideBySide(ready, contest, context);

  const shards: EvaluationShard[] = [];
  for (const index of [1, 2]) {
    // Each on a runner of its own, which knows the calibration alone.
    const runner = await prepared(repaired);
    const given = { calibration, baselines: undefined, shard: { index, count: 2 } };
    shards.push(await evaluateShard(runner.prepared, given, runner.context));
  }
  const expected = await identityOf(ready, calibration, dataSha256, context);
  const merged = mergedEvaluations(ready, contest, shards, expected);
  expect(merged.failures.size).toBe(0);
  expect(Object.fromEntries(merged.evaluations)).toEqual(Object.fromEntries(alone.evaluations));
});

/** Samples whose channels are like each other: rounding errors of their weights add up, or cancel. */
const alike = floats(
  [SAMPLES, 8],
  noise(SAMPLES * 8, 1).map((v, i) => v / 4 + Math.sin(Math.floor(i / 8))),
);

it('a repaired target has other results than the same target without a recipe', async () => {
  const scoresOf = async (recipe?: readonly string[]) => {
    const changes = {
      targets: [{ ...target, ...(recipe && { recipe }) }],
      evaluation: { inputs: 'x.npy', range: [40, 72], metric: 'cosine' },
      budget: { 'max-drop': '10%' },
    };
    const { prepared: ready, context } = await prepared(changes, undefined, { 'x.npy': npyOf(alike) });
    const calibration = await calibrateModel(ready, context);
    const { candidates } = await candidatesOf(ready, calibration, context);
    const { evaluations } = await evaluateSideBySide(ready, contestOf(ready, candidates, undefined), context);
    const scores = evaluations.get(candidates[0].config.id)!.scores as number[];
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };
  expect(await scoresOf(['round'])).toBeGreaterThan(await scoresOf());
});

it('a target that cannot be repaired does not take the others', async () => {
  const { prepared: ready, context } = await prepared({
    calibration: { inputs: 'x.npy', range: [0, 40] },
    evaluation: { inputs: 'x.npy', metric: 'agreement' },
    targets: [{ ...target, recipe: ['round'] }, 'tensorrt'],
  });
  const calibration = await calibrateModel(ready, context);
  const { candidates, failed } = await candidatesOf(ready, calibration, context);
  expect(candidates.map(({ config }) => config.id)).toEqual(['tensorrt']);
  expect(failed.map(({ config, problem }) => [config.chip, problem])).toEqual([
    ['snpe', expect.stringContaining('m: a repair needs 2 calibration samples that are not evaluated')],
  ]);
});
