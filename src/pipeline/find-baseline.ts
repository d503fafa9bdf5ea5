import { type Baseline, holdsFp32Of, mismatch, readBaseline } from '../baseline/baseline.ts';
import { type BaselineStore, HiddenBaseline, type StoredFile } from '../baseline/store.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { summarizeOutputs } from '../evaluation/output-summary.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { sha256Of } from '../sha256.ts';
import { version } from '../version.ts';
import { type Contestant, FP32 } from './evaluate.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/** Where the FP32 side of a comparison comes from. No comparison is ever faked: the states have names. */
export type BaselineLookup =
  | { readonly state: 'compared'; readonly baseline: Baseline; readonly sha256: string }
  | { readonly state: 'no-baseline-yet' }
  | { readonly state: 'baseline-unavailable'; readonly reason: string; readonly isOther?: boolean };

/** The hash of the evaluation samples, their labels and preprocessing, and of the options of the metric where it has some. */
export async function evaluationSha256(prepared: Prepared, context: Context): Promise<string> {
  const dataset = await openEvaluation(prepared, context.place);
  try {
    const sha256 = await dataset.sha256();
    const { settings } = prepared.metric;
    return settings === undefined ? sha256 : sha256Of(JSON.stringify([sha256, settings]));
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
  const { config, metric } = prepared;
  let file: StoredFile | undefined;
  let baseline: Baseline;
  try {
    file = await store?.(config.name);
    if (file === undefined) return { state: 'no-baseline-yet' };
    baseline = readBaseline(Buffer.from(file.bytes).toString('utf8'), file.where);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const isHidden = error instanceof HiddenBaseline;
    return { state: 'baseline-unavailable', reason: messageOf(error), ...(isHidden && { isOther: true }) };
  }
  const reason = mismatch(baseline, { model: config.name, dataSha256, metric }, file.where);
  if (reason !== undefined) return { state: 'baseline-unavailable', reason, isOther: true };
  return { state: 'compared', baseline, sha256: sha256Of(file.bytes) };
}

/** The stored FP32 results of this very model, so that it need not run; undefined where it has to. */
export function storedFp32({ fp32, metric }: Prepared, lookup: BaselineLookup): Baseline | undefined {
  if (lookup.state !== 'compared') return undefined;
  const wanted = { modelSha256: fp32.sha256, isQuantized: fp32.file !== undefined, metric };
  return holdsFp32Of(lookup.baseline, wanted) ? lookup.baseline : undefined;
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

/** The FP32 results that an evaluation makes, before any target has its own. */
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
    unit: metric.unit,
    value: aggregateScores(metric, scores),
    scores,
    references,
    ...(fp32.file !== undefined && { isOfQuantized: true }),
    targets: [],
    ...(sketch.samples > 0 && { outputs: summarizeOutputs(sketch, greatest) }),
  };
}
