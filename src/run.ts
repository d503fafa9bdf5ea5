import type { Baseline } from './baseline/baseline.ts';
import { type Calibration, mergeCalibrations } from './calibrate/record.ts';
import type { Config } from './config/config.ts';
import { UserError } from './errors.ts';
import { type JudgedTarget, type ModelReport, overallVerdict, type Report } from './report/schema.ts';
import { calibrateModel } from './steps/calibrate.ts';
import { describeModel, describeTarget } from './steps/describe.ts';
import { fp32Side, measureBaseline } from './steps/fp32.ts';
import { judgeTarget } from './steps/judge-target.ts';
import { type Context, openSamples, type Prepared, prepare } from './steps/prepare.ts';
import { version } from './version.ts';

/** What a gate runs on beside its config. */
export interface GateInput {
  readonly config: Config;
  /** Absolute folder of stored baselines, or undefined where none is kept. */
  readonly baselineFolder: string | undefined;
  /** Shards of finished calibrations by model name; models without any are calibrated here. */
  readonly shards: ReadonlyMap<string, readonly Calibration[]>;
  /** The commit that is judged; null outside of git. */
  readonly commit: string | null;
  readonly date: Date;
}

/** The whole way from model files to a verdict: load, calibrate, emulate, evaluate, judge, report. */
export async function gate(input: GateInput, context: Context): Promise<Report> {
  const warnings: string[] = [];
  const models: ModelReport[] = [];
  for (const modelConfig of input.config.models) {
    const prepared = await prepare(modelConfig, context);
    const calibration = await calibrationOf(prepared, input, context);
    const dataSha256 = await evaluationSha256(prepared, context);
    const fp32 = await fp32Side(prepared, context, dataSha256, input.baselineFolder, made(input));
    const targets: JudgedTarget[] = [];
    for (const target of prepared.targets) {
      const result = await judgeTarget(prepared, target, calibration, fp32, context);
      if (result.integer !== undefined && 'notRun' in result.integer) {
        warnings.push(
          `${modelConfig.name}, ${target.config.id}: ONNX Runtime's integer kernels were not run: ${result.integer.notRun}`,
        );
      }
      targets.push(describeTarget(prepared, target, result));
    }
    if (fp32.state.kind === 'compared' && fp32.baseline.modelSha256 !== prepared.model.sha256) {
      warnings.push(
        `${modelConfig.name}: the baseline is of another version of the model, ${fp32.baseline.modelSha256.slice(0, 12)}`,
      );
    }
    models.push(describeModel(prepared, calibration, fp32, targets));
  }
  return {
    version: 1,
    tool: { name: 'quantgate', version },
    verdict: overallVerdict({ models }),
    provider: context.runtime.provider,
    models,
    warnings,
    times: { date: input.date.toISOString(), seconds: context.times },
  };
}

/** Measures the FP32 baseline of every model of the config. */
export async function recordBaselines(
  input: Pick<GateInput, 'config' | 'commit'>,
  context: Context,
): Promise<Baseline[]> {
  const baselines: Baseline[] = [];
  for (const modelConfig of input.config.models) {
    const prepared = await prepare(modelConfig, context);
    const dataSha256 = await evaluationSha256(prepared, context);
    baselines.push(await measureBaseline(prepared, context, dataSha256, made(input)));
  }
  return baselines;
}

async function calibrationOf(
  prepared: Prepared,
  { shards }: GateInput,
  context: Context,
): Promise<Calibration> {
  const given = shards.get(prepared.config.name);
  if (given === undefined) return calibrateModel(prepared, context);
  const merged = mergeCalibrations(given);
  const { name } = prepared.config;
  if (merged.modelSha256 !== prepared.model.sha256) {
    throw new UserError(`${name}: the calibration is of another version of the model: calibrate again`);
  }
  const missing = prepared.observed.find((tensor) => !merged.histograms.has(tensor));
  if (missing !== undefined) {
    throw new UserError(
      `${name}: the calibration does not hold tensor "${missing}": calibrate again with this quantgate.yml`,
    );
  }
  return merged;
}

async function evaluationSha256(prepared: Prepared, context: Context): Promise<string> {
  const dataset = await openSamples(prepared.config.evaluation, prepared, context.place);
  try {
    return await dataset.sha256();
  } finally {
    await dataset.close();
  }
}

function made({ commit }: { commit: string | null }) {
  return { tool: version, commit };
}
