import type { ModelConfig } from '../config/config.ts';
import type { ModelReport } from '../report/report-schema.ts';
import { describeModel, isJudged } from './describe.ts';
import { describeFailedModel } from './describe-failure.ts';
import { modelWarnings } from './describe-warnings.ts';
import { findTargets, type NoneReady } from './find-targets.ts';
import type { GateInput } from './gate-input.ts';
import type { Context } from './prepare.ts';
import { booked } from './progress.ts';
import { withThumbnails } from './with-thumbnails.ts';

/** The entry of a model in the report, and the sentences that the report begins with. */
export interface JudgedModel {
  readonly report: ModelReport;
  readonly warnings: readonly string[];
}

/**
 * The whole way of one model from its file to a verdict: load, calibrate, emulate, evaluate, judge, explain, export. A
 * target that fails on it is an error, and the others are judged.
 *
 * @throws UserError when the model or its samples cannot be used at all
 */
export async function judgeModel(
  config: ModelConfig,
  input: GateInput,
  context: Context,
): Promise<JudgedModel> {
  return booked(`${config.name}/judge`, context, async () => {
    const found = await findTargets(config, input, context);
    if ('failed' in found) return noneJudged(found);
    const { prepared, evidence, findings, problem } = found;
    const report = describeModel(prepared, evidence, findings);
    if (problem !== undefined) return { report, warnings: [] };
    return {
      report: await withThumbnails(report, prepared, context.place),
      warnings: modelWarnings(prepared, evidence, findings.filter(isJudged)),
    };
  });
}

function noneJudged({ prepared: { config, model }, failed }: NoneReady): JudgedModel {
  const reasons = new Map(failed.map(({ config: { id }, problem }) => [id, problem]));
  return { report: describeFailedModel(config, model, ({ id }) => reasons.get(id)!), warnings: [] };
}
