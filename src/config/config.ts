import type { ImageFit } from '../data/images/fit-image.ts';
import type { MetricSpec } from '../metrics/index.ts';
import type { RequestedProvider } from '../runtime/provider.ts';
import type { AttributePolicy } from './attribute-policy.ts';
import type { CommentPolicy } from './comment-policy.ts';
import type { ConfigInput, LimitInput, ModelInput } from './config-schema.ts';
import type { InconclusivePolicy } from './inconclusive-policy.ts';
import type { GivenLimits } from './limits.ts';
import type { RecoverPolicy } from './recover-schema.ts';
import { type PinnedRanges, resolveTarget, type TargetConfig } from './target-id.ts';

/** `quantgate.yml` with every default filled in. Paths are relative to its folder and do not leave it. */
export interface Config {
  readonly provider: RequestedProvider;
  /** Where baselines are kept beside the artifacts of workflows: a folder, or the release of a tag. */
  readonly baseline?: string | { readonly release: string };
  readonly comment?: CommentPolicy;
  readonly authorMayAccept: boolean;
  /** The branch that keeps the history, beside the baselines. */
  readonly historyBranch?: string;
  /** Files and folders beside models and data that a change of which is measured. */
  readonly watch: readonly string[];
  readonly limits: GivenLimits;
  readonly models: readonly ModelConfig[];
}

export interface ModelConfig {
  /** Unique, also without regard to case; fit for a folder name. */
  readonly name: string;
  readonly path: string;
  /** The FP32 model of one that is quantized already. */
  readonly reference?: string;
  readonly preprocess: PreprocessConfig;
  readonly calibration: SamplesConfig;
  readonly evaluation: EvaluationConfig;
  readonly targets: readonly TargetConfig[];
  /** Pinned on all targets that have none of their own for a tensor. */
  readonly ranges: PinnedRanges;
  readonly budget: BudgetConfig;
  readonly recover: RecoverPolicy;
  readonly attribute: AttributePolicy;
}

/**
 * The model reads (x * scale - mean) / std; `mean` and `std` have one value or one per channel. Images are resized and cropped
 * before.
 */
export interface PreprocessConfig extends ImageFit {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly bgr: boolean;
}

export interface SamplesConfig {
  /** A path, or one per model input. */
  readonly inputs: string | ReadonlyMap<string, string>;
  /** Samples first <= i < end; all of them if absent. */
  readonly range?: readonly [first: number, end: number];
}

export interface EvaluationConfig extends SamplesConfig {
  readonly labels?: string;
  /** Targets leave the evaluation once their verdict is sure; all samples count if left out. */
  readonly stop?: 'early';
  readonly metric: Exclude<MetricSpec, string>;
  /** Whether the report shows the pictures that lose the most. */
  readonly thumbnails?: boolean;
}

/** A threshold of a budget, and the names of tensors or layers that it does not hold for. */
export interface Limit {
  readonly value: number;
  readonly except: readonly string[];
}

export interface BudgetConfig {
  /** As written; `parseMaxDrop` reads it. */
  readonly maxDrop?: string | number;
  /** As written; `maxDrop` counts where it was left out. */
  readonly maxRegression?: string | number;
  /** As written; `parseMinAccuracy` reads it. */
  readonly minAccuracy?: string | number;
  /** For the range of every tensor. */
  readonly maxBitsLost?: Limit;
  /** For every tensor. */
  readonly minEffectiveBits?: Limit;
  /** For the noise that every layer adds by itself. */
  readonly minSqnrDb?: Limit;
  /** Two-sided level of the interval of the drop, in (0.5, 1). */
  readonly confidence: number;
  readonly onInconclusive: InconclusivePolicy;
}

/** Fills in what `quantgate.yml` left open. */
export function resolveConfig(input: ConfigInput): Config {
  return {
    provider: input.provider,
    baseline: input.baseline,
    comment: input.comment,
    ...(input.history !== undefined && { historyBranch: input.history.branch }),
    watch: input.watch,
    limits: input.limits,
    authorMayAccept: input.acceptance?.['author-may-accept'] ?? false,
    models: input.models.map(resolveModel),
  };
}

const asIs: PreprocessConfig = { scale: 1, mean: [0], std: [1], bgr: false };

function resolveModel(input: ModelInput): ModelConfig {
  const {
    name,
    path,
    reference,
    preprocess = asIs,
    calibration,
    evaluation,
    targets,
    range,
    ranges = {},
    budget,
    recover,
    attribute,
  } = input;
  const pinned = new Map(Object.entries(ranges));
  return {
    name,
    path,
    ...(reference !== undefined && { reference }),
    preprocess,
    calibration: { ...calibration, inputs: asMap(calibration.inputs) },
    evaluation: { ...evaluation, inputs: asMap(evaluation.inputs), metric: metricOf(evaluation) },
    targets: targets.map((target) => resolveTarget(target, range, pinned)),
    ranges: pinned,
    budget: {
      ...(budget['max-drop'] !== undefined && { maxDrop: budget['max-drop'] }),
      ...(budget['max-regression'] !== undefined && { maxRegression: budget['max-regression'] }),
      ...(budget['min-accuracy'] !== undefined && { minAccuracy: budget['min-accuracy'] }),
      maxBitsLost: limitOf(budget['max-bits-lost']),
      minEffectiveBits: limitOf(budget['min-effective-bits']),
      minSqnrDb: limitOf(budget['min-sqnr-db']),
      confidence: budget.confidence,
      onInconclusive: budget['on-inconclusive'],
    },
    recover,
    attribute,
  };
}

function limitOf(given: LimitInput | undefined): Limit | undefined {
  return typeof given === 'number' ? { value: given, except: [] } : given;
}

function asMap(inputs: string | Record<string, string>): string | ReadonlyMap<string, string> {
  return typeof inputs === 'string' ? inputs : new Map(Object.entries(inputs));
}

function metricOf({ metric, labels }: ModelInput['evaluation']): EvaluationConfig['metric'] {
  if (metric === undefined) return { name: labels === undefined ? 'agreement' : 'top1' };
  if (typeof metric !== 'string') {
    if ('module' in metric) return metric;
    if ('command' in metric) {
      const { output, ...command } = metric;
      return { command, ...(output !== undefined && { output }) };
    }
    const { name, output, ...options } = metric;
    return {
      name,
      ...(output !== undefined && { output }),
      ...(Object.keys(options).length > 0 && { options }),
    };
  }
  return metric.startsWith('./') ? { module: metric } : { name: metric };
}
