import type { ModelConfig } from '../config/config.ts';
import { configSha256 } from '../config/config-hash.ts';
import { type ModelReport, overallVerdict, type Report } from '../report/report-schema.ts';
import { version } from '../version.ts';
import { describeFailedModel, fileOfFailed } from './describe-failure.ts';
import { forEachModel, problemOf } from './failure.ts';
import type { GateInput } from './gate-input.ts';
import { type JudgedModel, judgeModel } from './judge-model.ts';
import { type MeasuredBaseline, measureBaseline } from './measure-baseline.ts';
import { type Context, prepare } from './prepare.ts';
import { secondsOf } from './progress.ts';

/** Judges every model of the config: one that cannot be is an error, and the others are judged. */
export async function judgeModels(input: GateInput, context: Context): Promise<Report> {
  const warnings: string[] = [];
  const models: ModelReport[] = [];
  const explained = new Map<string, Record<string, number>>();
  for (const config of input.config.models) {
    const judged = await judgeModel(config, input, context).catch((error) =>
      failedModel(config, error, context),
    );
    models.push(judged.report);
    warnings.push(...judged.warnings);
    for (const { shard, seconds } of input.explanations?.get(config.name) ?? []) {
      const part = `${shard.index}/${shard.count}`;
      explained.set(part, { ...explained.get(part), ...seconds });
    }
  }
  return {
    version: 1,
    tool: { name: 'quantgate', version },
    head: input.commit,
    configSha256: configSha256(input.config),
    verdict: overallVerdict({ models }),
    provider: context.runtime.provider,
    models,
    warnings,
    times: {
      date: input.date.toISOString(),
      seconds: secondsOf(context.times),
      ...(explained.size > 0 && {
        explained: [...explained].map(([shard, seconds]) => ({ shard, seconds })),
      }),
      ...(input.machine !== undefined && { machine: input.machine }),
    },
  };
}

async function failedModel(config: ModelConfig, error: unknown, context: Context): Promise<JudgedModel> {
  const problem = problemOf(error, context.signal);
  return {
    report: describeFailedModel(config, await fileOfFailed(config, context), () => problem),
    warnings: [],
  };
}

/**
 * Measures the baseline of every model of the config; one that cannot be measured does not take the others.
 *
 * @param keep takes each, with a line for each target that it does not hold
 * @returns a line for each model that has none
 */
export function recordBaselines(
  input: Pick<GateInput, 'config' | 'commit' | 'date'>,
  context: Context,
  keep: (measured: MeasuredBaseline) => Promise<void>,
): Promise<string[]> {
  return forEachModel(input.config.models, context.signal, async (model) => {
    await keep(await measureBaseline(await prepare(model, context), context, input));
  });
}
