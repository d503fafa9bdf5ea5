import { type Baseline, mismatch } from '../baseline/baseline.ts';
import { baselinePath, loadBaseline } from '../baseline/store.ts';
import { evaluate } from '../emulate/evaluate.ts';
import { messageOf, UserError } from '../errors.ts';
import { serializeModel } from '../onnx/model.ts';
import { type Context, inBatches, openSamples, type Prepared } from './prepare.ts';
import { timed } from './progress.ts';

/** The FP32 side of a comparison, and where it comes from. No comparison is ever faked: the states have names. */
export interface Fp32 {
  readonly baseline: Baseline;
  readonly state:
    | { readonly kind: 'compared' }
    | { readonly kind: 'no-baseline-yet' }
    | { readonly kind: 'baseline-unavailable'; readonly reason: string };
}

/** Evaluates the FP32 model. */
export async function measureBaseline(
  prepared: Prepared,
  context: Context,
  dataSha256: string,
  made: { tool: string; commit: string | null },
): Promise<Baseline> {
  const { config, model, metric } = prepared;
  const dataset = await openSamples(config.evaluation, prepared, context.place);
  const session = await context.runtime.open(serializeModel(model.model), { optimize: 'float' });
  try {
    const { scores, references } = await timed(`${config.name}/fp32`, dataset.length, context, (advance) =>
      evaluate(session, inBatches(dataset, prepared, context.signal), metric, 'keep', advance),
    );
    return {
      ...made,
      model: config.name,
      modelSha256: model.sha256,
      dataSha256,
      metric: metric.name,
      value: metric.aggregate(scores),
      scores,
      references,
      provider: context.runtime.provider,
    };
  } finally {
    await session.close();
    await dataset.close();
  }
}

/**
 * The stored baseline if there is one that fits; otherwise the FP32 model is measured on the spot and the state
 * says why.
 *
 * @param folder undefined where none is kept
 * @throws UserError when the stored file is the baseline of another model
 */
export async function fp32Side(
  prepared: Prepared,
  context: Context,
  dataSha256: string,
  folder: string | undefined,
  made: { tool: string; commit: string | null },
): Promise<Fp32> {
  const measure = () => measureBaseline(prepared, context, dataSha256, made);
  if (folder === undefined) return { baseline: await measure(), state: { kind: 'no-baseline-yet' } };
  const { config, model, metric } = prepared;
  let stored: Baseline | undefined;
  try {
    stored = await loadBaseline(folder, config.name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { baseline: await measure(), state: { kind: 'baseline-unavailable', reason: messageOf(error) } };
  }
  if (stored === undefined) return { baseline: await measure(), state: { kind: 'no-baseline-yet' } };
  const expected = { model: config.name, modelSha256: model.sha256, dataSha256, metric };
  const reason = mismatch(stored, expected, baselinePath(folder, config.name));
  if (reason === undefined) return { baseline: stored, state: { kind: 'compared' } };
  return { baseline: await measure(), state: { kind: 'baseline-unavailable', reason } };
}
