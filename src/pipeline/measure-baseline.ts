import { measuredTensors } from '../attribution/impact/measured-tensors.ts';
import { measureNoiseGains, PREFILTER_FROM } from '../attribution/impact/noise-gain.ts';
import { type Baseline, mismatch, readBaseline } from '../baseline/baseline.ts';
import type { NoiseGains } from '../baseline/noise-gains.ts';
import type { BaselineStore, StoredFile } from '../baseline/store.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { summarizeOutputs } from '../evaluation/output-summary.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { sha256Of } from '../sha256.ts';
import { version } from '../version.ts';
import { type Contestant, evaluateSideBySide, FP32 } from './evaluate.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';
import { timed } from './progress.ts';
import { readProbes } from './read-probes.ts';

/** Where the FP32 side of a comparison comes from. No comparison is ever faked: the states have names. */
export type BaselineLookup =
  | { readonly state: 'compared'; readonly baseline: Baseline; readonly sha256: string }
  | { readonly state: 'no-baseline-yet' }
  | { readonly state: 'baseline-unavailable'; readonly reason: string };

/** The hash of the evaluation samples, their labels and preprocessing. */
export async function evaluationSha256(prepared: Prepared, context: Context): Promise<string> {
  const dataset = await openEvaluation(prepared, context.place);
  try {
    return await dataset.sha256();
  } finally {
    await dataset.close();
  }
}

/**
 * Looks for the stored baseline of a model and verifies it.
 *
 * @param store undefined where none is kept
 * @throws UserError when the stored file is the baseline of another model
 */
export async function findBaseline(
  prepared: Prepared,
  dataSha256: string,
  store: BaselineStore | undefined,
): Promise<BaselineLookup> {
  const { config, fp32, metric } = prepared;
  let file: StoredFile | undefined;
  let baseline: Baseline;
  try {
    file = await store?.(config.name);
    if (file === undefined) return { state: 'no-baseline-yet' };
    baseline = readBaseline(Buffer.from(file.bytes).toString('utf8'), file.where);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { state: 'baseline-unavailable', reason: messageOf(error) };
  }
  const isQuantized = fp32.file !== undefined;
  const expected = { model: config.name, modelSha256: fp32.sha256, dataSha256, metric, isQuantized };
  const reason = mismatch(baseline, expected, file.where);
  if (reason !== undefined) return { state: 'baseline-unavailable', reason };
  return { state: 'compared', baseline, sha256: sha256Of(file.bytes) };
}

/** The FP32 model as a contestant of an evaluation. */
export function fp32Contestant({ fp32 }: Prepared): Contestant {
  return { name: FP32, model: fp32.model, optimize: 'float', overflows: new Map() };
}

/** The commit that a baseline is made of, null outside of git, and when. */
export interface Made {
  readonly commit: string | null;
  readonly date: Date;
}

/** Where a baseline comes from. */
export interface BaselineOrigin extends Made {
  readonly dataSha256: string;
  readonly provider: string;
}

/** The baseline that an evaluation of the FP32 model makes. */
export function baselineOf(
  { config, fp32, metric }: Prepared,
  { scores, references, greatest, sketch }: Evaluation,
  { provider, commit, date, dataSha256 }: BaselineOrigin,
): Baseline {
  return {
    tool: version,
    provider,
    commit,
    date: date.toISOString(),
    model: config.name,
    modelSha256: fp32.sha256,
    dataSha256,
    metric: metric.name,
    value: aggregateScores(metric, scores),
    scores,
    references,
    ...(sketch.samples > 0 && { outputs: summarizeOutputs(sketch, greatest) }),
  };
}

/** Evaluates the FP32 model alone, and measures the noise gains of a model of very many units. */
export async function measureBaseline(prepared: Prepared, context: Context, made: Made): Promise<Baseline> {
  const dataSha256 = await evaluationSha256(prepared, context);
  const contest = { contestants: [fp32Contestant(prepared)], references: [] };
  const { evaluations } = await evaluateSideBySide(prepared, contest, context);
  const fp32 = evaluations.get(FP32)!;
  const { provider } = context.runtime;
  const { commit, date } = made;
  const baseline = baselineOf(prepared, fp32, { commit, date, dataSha256, provider });
  const noiseGains = await noiseGainsOf(prepared, fp32.scores.length, context);
  const noiseGainsAt = [...measuredTensors(prepared.model, prepared.readOutputs)];
  return { ...baseline, ...(noiseGains && { noiseGains, noiseGainsAt }) };
}

/** The noise gains of the units of all targets, on the FP32 model, so that any samples will do. */
async function noiseGainsOf(
  prepared: Prepared,
  evaluated: number,
  context: Context,
): Promise<NoiseGains | undefined> {
  const { model, config, targets, readOutputs: outputs } = prepared;
  const { runtime, signal } = context;
  if (!targets.some(({ units }) => units.length >= PREFILTER_FROM)) return undefined;
  const all = targets.flatMap(({ units }) => units);
  const units = [...new Map(all.map((unit) => [unit.name, unit])).values()];
  const probes = await readProbes(prepared, { ranges: [[0, 0]] }, evaluated, context);
  return timed(`${config.name}/noise-gains`, undefined, context, () =>
    measureNoiseGains({ model, units }, probes.batches, runtime, { outputs, signal }),
  );
}
