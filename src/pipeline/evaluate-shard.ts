import type { BaselineStore } from '../baseline/store.ts';
import { type Calibration, writeCalibration } from '../calibration/calibration-record.ts';
import { mapsAsEntries } from '../config/config-hash.ts';
import { type Shard, shardRange } from '../data/shard.ts';
import { messageOf, UserError } from '../errors.ts';
import { firstResults } from '../evaluation/evaluation.ts';
import type { EvaluationIdentity, EvaluationShard } from '../evaluation/evaluation-record.ts';
import { mergeEvaluations, shardValue } from '../evaluation/merge-evaluations.ts';
import { type Place, pathWithin } from '../paths.ts';
import { readText } from '../read-file.ts';
import { sha256Of } from '../sha256.ts';
import { version } from '../version.ts';
import { candidatesOf } from './candidates.ts';
import { contestOf, onAllSamples } from './contest-of.ts';
import { type Contest, type ContestResult, evaluateSideBySide } from './evaluate.ts';
import { evaluationSha256, findBaseline, storedFp32 } from './find-baseline.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/** What one shard of an evaluation is made from. */
export interface ShardInput {
  readonly calibration: Calibration;
  /** Where a stored baseline saves FP32, or undefined. */
  readonly baselines: BaselineStore | undefined;
  readonly shard: Shard;
}

/**
 * Evaluates FP32 and every target of a model on one shard of the evaluation samples.
 *
 * @throws UserError when the samples cannot be cut into shards, or do not fit the metric
 */
export async function evaluateShard(
  prepared: Prepared,
  { calibration, baselines, shard }: ShardInput,
  context: Context,
): Promise<EvaluationShard> {
  const { metric, batchSize } = prepared;
  const dataSha256 = await evaluationSha256(prepared, context);
  const lookup = await findBaseline(prepared, dataSha256, baselines);
  const stored = storedFp32(prepared, lookup);
  const { candidates } = await candidatesOf(prepared, calibration, context);
  const whole = await evaluationRange(prepared, context);
  const range = shardRange(whole, shard, batchSize);
  const { contestants, references } = contestOf(prepared, candidates, stored);
  const part = references.slice(range[0] - whole[0], range[1] - whole[0]);
  const contest = { contestants: contestants.map(onAllSamples), references: part, range };
  const { evaluations, failures } = await evaluateSideBySide(prepared, contest, context);
  const results = new Map(
    [...evaluations].map(([name, evaluation]) => {
      const value = shardValue(metric, evaluation.scores);
      return [name, { ...evaluation, value }] as const;
    }),
  );
  const identity = await identityOf(prepared, calibration, dataSha256, context);
  return { identity, shard, range, results, failures };
}

/**
 * The results of a contest from shards that were evaluated elsewhere.
 *
 * @param expected what each shard must be of
 * @throws UserError when the shards are not all of this evaluation, and of nothing else
 */
export function mergedEvaluations(
  prepared: Prepared,
  { contestants }: Contest,
  shards: readonly EvaluationShard[],
  expected: EvaluationIdentity,
): ContestResult {
  const merged = mergeEvaluations(shards, expected, prepared.metric);
  const failures = new Map(shards.flatMap((shard) => [...shard.failures]));
  const missing = contestants.find(({ name }) => !merged.has(name) && !failures.has(name));
  if (missing !== undefined) {
    throw new UserError(
      `${prepared.config.name}: the evaluation shards hold no results of ${missing.name}: evaluate and judge with the same baseline, or without one`,
    );
  }
  for (const { name, samples } of contestants) {
    const whole = merged.get(name);
    if (samples !== undefined && whole !== undefined) merged.set(name, firstResults(whole, samples));
  }
  return { evaluations: merged, failures };
}

async function evaluationRange(
  prepared: Prepared,
  { place }: Context,
): Promise<readonly [first: number, end: number]> {
  const { name, evaluation } = prepared.config;
  if (evaluation.range !== undefined) return evaluation.range;
  const all = await openEvaluation(prepared, place);
  await all.close();
  if (all.length === undefined)
    throw new UserError(`${name}: evaluation needs a range to be cut into shards: add evaluation.range`);
  return [0, all.length];
}

/** What decides the results of an evaluation of this model. */
export async function identityOf(
  { config, model, fp32 }: Prepared,
  calibration: Calibration,
  dataSha256: string,
  { place, runtime }: Context,
): Promise<EvaluationIdentity> {
  const { targets, evaluation } = config;
  const { metric } = evaluation;
  const module = 'module' in metric ? await moduleText(metric.module, place) : null;
  return {
    model: config.name,
    modelSha256: model.sha256,
    dataSha256,
    calibrationSha256: sha256Of(writeCalibration(config.name, calibration)),
    settingsSha256: sha256Of(JSON.stringify([fp32.sha256, targets, metric, module], mapsAsEntries)),
    provider: runtime.provider,
    tool: version,
  };
}

/** Bytes of the code of a metric. */
const MAX_MODULE_BYTES = 2 ** 24;

async function moduleText(module: string, place: Place): Promise<string> {
  try {
    return await readText(await pathWithin(place, module), MAX_MODULE_BYTES);
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(`${module} cannot be read (${messageOf(error)}): give the module of a metric`);
  }
}
