import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import type { ModelFile } from '../onnx/read-model.ts';
import type { ModelReport, TargetReport } from '../report/report-schema.ts';
import type { FailedTarget } from './failure.ts';
import { type Context, readNamed } from './prepare.ts';

/** What is known of the file of a model. */
type KnownFile = Pick<ModelFile, 'sha256' | 'opset'>;

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
  file: KnownFile | undefined,
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
export async function fileOfFailed({ path }: ModelConfig, context: Context): Promise<KnownFile | undefined> {
  try {
    return await readNamed(path, context);
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}
