import { readFile } from 'node:fs/promises';
import type { Baseline } from '../baseline/baseline.ts';
import type { BaselineStore } from '../baseline/store.ts';
import { type Calibration, writeCalibration } from '../calibrate/record.ts';
import { type Shard, shardRange } from '../calibrate/shard.ts';
import { pathWithin } from '../data/paths.ts';
import type { EvaluationIdentity, EvaluationShard } from '../emulate/evaluation-record.ts';
import { mergeEvaluations, shardValue } from '../emulate/merge-evaluations.ts';
import { UserError } from '../errors.ts';
import { sha256Of } from '../sha256.ts';
import { version } from '../version.ts';
import { type Contestant, evaluateSideBySide } from './evaluate.ts';
import { evaluationSha256, findBaseline, fp32Contestant } from './fp32.ts';
import { type Candidate, candidateOf } from './judge-target.ts';
import { type Context, openSamples, type Prepared } from './prepare.ts';

/** The models that an evaluation runs: FP32 too, unless a stored baseline saves it. */
export function contestantsOf(
  prepared: Prepared,
  candidates: readonly Candidate[],
  stored: Baseline | undefined,
): Contestant[] {
  const quantized = candidates.flatMap(({ emulation, integer }) =>
    integer !== undefined && 'name' in integer ? [emulation, integer] : [emulation],
  );
  return stored === undefined ? [fp32Contestant(prepared), ...quantized] : quantized;
}

/**
 * Evaluates FP32 and every target of a model on one shard of the evaluation samples.
 *
 * @param baselines where a stored baseline saves FP32, or undefined
 * @throws UserError when the samples cannot be cut into shards, or do not fit the metric
 */
export async function evaluateShard(
  prepared: Prepared,
  calibration: Calibration,
  baselines: BaselineStore | undefined,
  shard: Shard,
  context: Context,
): Promise<EvaluationShard> {
  const { metric, batchSize } = prepared;
  const dataSha256 = await evaluationSha256(prepared, context);
  const lookup = await findBaseline(prepared, dataSha256, baselines);
  const stored = lookup.state === 'compared' ? lookup.baseline : undefined;
  const candidates = prepared.targets.map((target) => candidateOf(prepared, target, calibration));
  const whole = await evaluationRange(prepared, context);
  const range = shardRange(whole, shard, batchSize);
  const evaluations = await evaluateSideBySide(
    prepared,
    contestantsOf(prepared, candidates, stored),
    stored?.references.slice(range[0] - whole[0], range[1] - whole[0]) ?? [],
    context,
    range,
  );
  const results = new Map(
    [...evaluations].map(([name, evaluation]) => {
      const value = shardValue(metric, evaluation.scores);
      return [name, { ...evaluation, value }] as const;
    }),
  );
  return { identity: await identityOf(prepared, calibration, dataSha256, context), shard, range, results };
}

/**
 * The results of `contestants` from shards that were evaluated elsewhere.
 *
 * @throws UserError when the shards are not all of this evaluation, and of nothing else
 */
export async function mergedEvaluations(
  prepared: Prepared,
  calibration: Calibration,
  contestants: readonly Contestant[],
  dataSha256: string,
  shards: readonly EvaluationShard[],
  context: Context,
) {
  const identity = await identityOf(prepared, calibration, dataSha256, context);
  const merged = mergeEvaluations(shards, identity, prepared.metric);
  const missing = contestants.find(({ name }) => !merged.has(name));
  if (missing !== undefined) {
    throw new UserError(
      `${prepared.config.name}: the evaluation shards hold no results of ${missing.name}: evaluate and judge with the same baseline, or without one`,
    );
  }
  return merged;
}

async function evaluationRange(
  prepared: Prepared,
  { place }: Context,
): Promise<readonly [first: number, end: number]> {
  const { name, evaluation } = prepared.config;
  if (evaluation.range !== undefined) return evaluation.range;
  const all = await openSamples(evaluation, prepared, place);
  await all.close();
  if (all.length === undefined)
    throw new UserError(`${name}: evaluation needs a range to be cut into shards: add evaluation.range`);
  return [0, all.length];
}

async function identityOf(
  { config, model }: Prepared,
  calibration: Calibration,
  dataSha256: string,
  { place, runtime }: Context,
): Promise<EvaluationIdentity> {
  const { targets, ranges, evaluation } = config;
  const { metric } = evaluation;
  const module = 'module' in metric ? await readFile(await pathWithin(place, metric.module), 'utf8') : null;
  return {
    model: config.name,
    modelSha256: model.sha256,
    dataSha256,
    calibrationSha256: sha256Of(writeCalibration(config.name, calibration)),
    settingsSha256: sha256Of(JSON.stringify([targets, [...ranges], metric, module])),
    provider: runtime.provider,
    tool: version,
  };
}
