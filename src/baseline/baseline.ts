import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type OutputSummary, outputSummary } from '../evaluation/output-summary.ts';
import { type HistoryPoint, historyPoint, MAX_POINTS } from '../history/point.ts';
import { parseJson } from '../json.ts';
import type { Metric, Reference, Score } from '../metrics/metric.ts';
import { decodeReference, encodeReference, referenceJson } from '../metrics/reference-json.ts';
import { sha256Hex } from '../sha256.ts';
import { type MetricUnit, metricUnits } from '../words/metric-units.ts';
import { shellCommand } from '../words/shell-command.ts';
import type { NoiseGains } from './noise-gains.ts';
import { type StoredTarget, storedTarget } from './stored-target.ts';

/** The results of one model on its evaluation samples: of FP32, and of what each target makes of it. */
export interface Baseline {
  /** The model's name in `quantgate.yml`. */
  readonly model: string;
  readonly modelSha256: string;
  /** Evaluation samples, labels and preprocessing. */
  readonly dataSha256: string;
  readonly metric: string;
  /** Of the metric; left out in baselines of earlier versions. */
  readonly unit?: MetricUnit;
  readonly value: number;
  readonly scores: readonly Score[];
  readonly references: readonly Reference[];
  /** FP32 was a quantized file without its quantizers. */
  readonly isOfQuantized?: boolean;
  /** What its outputs were like. */
  readonly outputs?: OutputSummary;
  /** How noise of each unit grows on its way to the outputs; only of models of very many units. */
  readonly noiseGains?: NoiseGains;
  /** The tensors at the end of the model where these were measured. */
  readonly noiseGainsAt?: readonly string[];
  /** INT8 of each target that could be measured; a baseline of FP32 alone has none. */
  readonly targets: readonly StoredTarget[];
  /** SHA-256 of the contents that git did not have when it was measured, by their paths in the repository. */
  readonly untracked?: Readonly<Record<string, string>>;
  /** What was recorded on the base branch, this recording last. */
  readonly history?: readonly HistoryPoint[];
  /** Version of quantgate that made it. */
  readonly tool: string;
  readonly provider: string;
  /** The commit it was made of; null outside of git. */
  readonly commit: string | null;
  /** When, ISO 8601. */
  readonly date: string;
}

const MAX_SAMPLES = 10_000_000;
const MAX_TARGETS = 32;
const gain = z.number().min(0);
const MAX_UNITS = 20_000;
const baselineFile = z.strictObject({
  quantgateBaseline: z.union([z.literal(1), z.literal(2)]),
  tool: z.string().max(64),
  provider: z.string().max(64),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
    .nullable(),
  date: z.iso.datetime(),
  model: z.string().max(256),
  modelSha256: sha256Hex,
  dataSha256: sha256Hex,
  metric: z.string().max(256),
  unit: z.enum(metricUnits).optional(),
  value: z.number(),
  scores: z.array(z.json()).min(1).max(MAX_SAMPLES),
  references: z.array(referenceJson).max(MAX_SAMPLES),
  isOfQuantized: z.boolean().optional(),
  outputs: outputSummary.optional(),
  noiseGains: z
    .record(z.string().max(1024), z.strictObject({ constant: gain, white: gain }))
    .refine((gains) => Object.keys(gains).length <= MAX_UNITS)
    .optional(),
  noiseGainsAt: z.array(z.string().max(1024)).max(MAX_UNITS).optional(),
  history: z.array(historyPoint).max(MAX_POINTS).optional(),
  untracked: z.record(z.string().max(4096), sha256Hex).optional(),
  targets: z.array(storedTarget).max(MAX_TARGETS).default([]),
});

export function writeBaseline(baseline: Baseline): string {
  const { scores, references, ...rest } = baseline;
  const encoded = references.map(encodeReference);
  return `${JSON.stringify({ quantgateBaseline: 2, ...rest, scores, references: encoded })}\n`;
}

/** @throws UserError when the text is not a baseline that `writeBaseline` could have written */
export function readBaseline(text: string, where: string): Baseline {
  const remedy = `make it again with ${shellCommand('baseline')}`;
  const file = parseJson(text, baselineFile, { where, what: 'a baseline', remedy });
  const { quantgateBaseline: _, references, scores, ...rest } = file;
  if (references.length > 0 && references.length !== scores.length) {
    throw new UserError(
      `${where} is not a baseline (${references.length} references for ${scores.length} scores): ${remedy}`,
    );
  }
  const { targets, ...fp32 } = rest;
  const odd = targets.find((target) => target.scores.length !== scores.length);
  if (odd !== undefined) {
    throw new UserError(
      `${where} is not a baseline (${odd.scores.length} scores of ${odd.target} for ${scores.length} samples): ${remedy}`,
    );
  }
  return { ...fp32, targets, scores: scores as Score[], references: references.map(decodeReference) };
}

/** What a baseline must agree with before anything is compared with it. */
export interface ExpectedBaseline {
  readonly model: string;
  readonly dataSha256: string;
  readonly metric: Metric;
}

/**
 * Why a baseline cannot be compared with, in words, or undefined if it can. Another version of the same model is what a
 * pull request is about, and no obstacle.
 *
 * @throws UserError when it is the baseline of another model altogether
 */
export function mismatch(baseline: Baseline, expected: ExpectedBaseline, where: string): string | undefined {
  if (baseline.model !== expected.model) {
    throw new UserError(
      `${where} is the baseline of model "${baseline.model}", not of "${expected.model}": check the baseline folder`,
    );
  }
  const { metric } = expected;
  if (baseline.metric !== metric.name)
    return `it was measured with metric ${baseline.metric}, not ${metric.name}`;
  if (baseline.dataSha256 !== expected.dataSha256)
    return 'the evaluation data, labels or preprocessing have changed since, or the options of the metric';
  const problems = [baseline, ...baseline.targets].map((each) => problemOfScores(each, metric));
  return problems.find((problem) => problem !== undefined);
}

function problemOfScores(
  { scores, value }: Pick<Baseline, 'scores' | 'value'>,
  metric: Metric,
): string | undefined {
  let stated: number;
  try {
    stated = metric.aggregate(scores);
  } catch (error) {
    if (error instanceof UserError) return `its scores are none of ${metric.name}`;
    throw error;
  }
  // An error rate may be above 1.
  const most = metric.higherIsBetter ? 1 : Infinity;
  if (metric.unit === 'fraction' && !(value >= 0 && value <= most))
    return `its value is none of ${metric.name}`;
  const isOff = !(Math.abs(stated - value) <= 1e-9 * Math.max(1, Math.abs(value)));
  return isOff ? 'its scores do not give the value it states' : undefined;
}

/** A model whose FP32 results are wanted. */
export interface WantedFp32 {
  readonly modelSha256: string;
  /** The model is quantized already and nothing names its FP32: that of a stored float model is. */
  readonly isQuantized: boolean;
  readonly metric: Metric;
}

/** Whether a baseline holds the FP32 results of this very model, so that they need not be measured again. */
export function holdsFp32Of(baseline: Baseline, { modelSha256, isQuantized, metric }: WantedFp32): boolean {
  const isTwin = isQuantized && !baseline.isOfQuantized;
  const isOfModel = isTwin || baseline.modelSha256 === modelSha256;
  return isOfModel && !(metric.reference && baseline.references.length === 0);
}
