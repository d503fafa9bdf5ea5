import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { stageModel } from '../onnx/staging.ts';
import { pathWithin } from '../paths.ts';
import type { ModelReport, TargetReport } from '../report/report-schema.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { FailedTarget } from './failure.ts';
import type { Context } from './prepare.ts';

/** What is known of the file of a model. */
type ModelFile = Pick<LoadedModel, 'sha256' | 'opset'>;

/** The entry of a target in report.json that could not be judged. */
export function describeFailedTarget({ config: { id, chip }, problem }: FailedTarget): TargetReport {
  return { target: id, chip, verdict: 'error', reasons: [problem] };
}

/**
 * The entry in report.json of a model of which no target could be judged.
 *
 * @param file undefined where it cannot be read
 */
export function describeFailedModel(
  { name, targets }: ModelConfig,
  file: ModelFile | undefined,
  problemOn: (target: TargetConfig) => string,
): ModelReport {
  return {
    name,
    modelSha256: file?.sha256 ?? null,
    dataSha256: null,
    opset: file?.opset ?? null,
    calibrationSamples: null,
    baseline: {
      state: 'baseline-unavailable',
      reason: 'it was not looked for, as the model could not be judged',
    },
    targets: targets.map((config) => describeFailedTarget({ config, problem: problemOn(config) })),
  };
}

/** What there is to know of the file of a model that failed: with its hash a maintainer can accept what is in it. */
export async function modelFile(
  { path }: ModelConfig,
  { place, signal }: Context,
): Promise<ModelFile | undefined> {
  try {
    const { sha256, opset, remove } = await stageModel(await pathWithin(place, path), path);
    await remove();
    return { sha256, opset };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
