import type { Baseline } from '../baseline/baseline.ts';
import type { BaselineStore } from '../baseline/store.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { Config } from '../config/config.ts';
import { configSha256 } from '../config/config-hash.ts';
import type { EvaluationShard } from '../evaluation/evaluation-record.ts';
import { type ModelReport, overallVerdict, type Report } from '../report/report-schema.ts';
import { version } from '../version.ts';
import { advise } from './advise.ts';
import { tryToAttribute } from './attribute.ts';
import { calibrationOf } from './calibrate.ts';
import { checkEvaluation, checkFiles } from './check-data.ts';
import { describeModel, type TargetFinding } from './describe.ts';
import { modelWarnings } from './describe-warnings.ts';
import { evaluateSideBySide, FP32 } from './evaluate.ts';
import { contestOf, identityOf, mergedEvaluations } from './evaluate-shard.ts';
import { type ChipFile, chipFilesOf } from './export.ts';
import { candidateOf, judgeTarget } from './judge.ts';
import { withLayerBudget } from './layer-budget.ts';
import { baselineOf, evaluationSha256, findBaseline, measureBaseline } from './measure-baseline.ts';
import { type Context, prepare } from './prepare.ts';
import { readProbes } from './read-probes.ts';
import { withKernelsThatOpen } from './try-kernels.ts';

/** What a gate runs on beside its config. */
export interface GateInput {
  readonly config: Pick<Config, 'provider' | 'models'>;
  /** Undefined where none are kept. */
  readonly baselines: BaselineStore | undefined;
  /** Shards of finished calibrations by model name; models without any are calibrated here. */
  readonly shards: ReadonlyMap<string, readonly Calibration[]>;
  /** Shards of finished evaluations by model name; models without any are evaluated here. */
  readonly evaluations?: ReadonlyMap<string, readonly EvaluationShard[]>;
  /** The commit that is judged; null outside of git. */
  readonly commit: string | null;
  readonly date: Date;
  /** Takes the files for the chips' tools, one by one, so that they need not be held together. */
  readonly writeChipFile: (file: ChipFile) => Promise<void>;
}

/** The whole way from model files to a verdict: load, calibrate, emulate, evaluate, judge, report. */
export async function judgeModels(input: GateInput, context: Context): Promise<Report> {
  const warnings: string[] = [];
  const models: ModelReport[] = [];
  await checkFiles(input.config.models, context.place);
  for (const modelConfig of input.config.models) {
    const prepared = await prepare(modelConfig, context);
    await checkEvaluation(prepared, context);
    const dataSha256 = await evaluationSha256(prepared, context);
    const calibration = await calibrationOf(prepared, input.shards.get(modelConfig.name), context);
    const candidates = await withKernelsThatOpen(
      prepared.targets.map((target) => candidateOf(prepared, target, calibration)),
      context,
    );
    const lookup = await findBaseline(prepared, dataSha256, input.baselines);
    const stored = lookup.state === 'compared' ? lookup.baseline : undefined;
    const contest = contestOf(prepared, candidates, stored);
    const given = input.evaluations?.get(modelConfig.name);
    const evaluations =
      given === undefined
        ? await evaluateSideBySide(prepared, contest, context)
        : mergedEvaluations(
            prepared,
            contest,
            given,
            await identityOf(prepared, calibration, dataSha256, context),
          );
    const { provider } = context.runtime;
    const { commit, date } = input;
    const fp32 =
      stored ?? baselineOf(prepared, evaluations.get(FP32)!, { commit, date, dataSha256, provider });
    const probes = await readProbes(prepared, calibration, fp32.scores.length, context);
    const evidence = { calibration, dataSha256, lookup, fp32, evaluations, probes };
    const findings: TargetFinding[] = [];
    for (const candidate of candidates) {
      const judged = judgeTarget(prepared, candidate, evidence);
      const attributed = await tryToAttribute(prepared, candidate, evidence, context);
      const result = withLayerBudget(prepared, judged, attributed);
      const advised = await advise(prepared, { result, attributed }, evidence, context);
      const files = chipFilesOf(prepared, candidate);
      for (const file of files) await input.writeChipFile(file);
      findings.push({ result, attributed, advised, files: files.map(({ path }) => path) });
    }
    models.push(describeModel(prepared, evidence, findings));
    warnings.push(...modelWarnings(prepared, evidence, findings));
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
    times: { date: input.date.toISOString(), seconds: context.times },
  };
}

/** Measures the FP32 baseline of every model of the config. */
export async function recordBaselines(
  input: Pick<GateInput, 'config' | 'commit' | 'date'>,
  context: Context,
): Promise<Baseline[]> {
  const baselines: Baseline[] = [];
  await checkFiles(input.config.models, context.place);
  for (const model of input.config.models)
    baselines.push(await measureBaseline(await prepare(model, context), context, input));
  return baselines;
}
