import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Calibration } from '../../src/calibrate/record.ts';
import { parseConfig } from '../../src/config/load.ts';
import { loadMetricModule } from '../../src/data/metrics/metric-module.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';
import { calibrateModel } from '../../src/steps/calibrate.ts';
import { type Fp32, fp32Side } from '../../src/steps/fp32.ts';
import { judgeTarget, type TargetResult } from '../../src/steps/judge-target.ts';
import { type Context, type Prepared, prepare } from '../../src/steps/prepare.ts';

export const corpusModels = [
  'mnist-cnn',
  'kws-dscnn',
  'resnet20-cifar10',
  'mobilenet-v1-025',
  'fastestdet',
  'sed-unet',
] as const;
export type CorpusModel = (typeof corpusModels)[number];

const range = z.tuple([z.int(), z.int()]);
const figures = z.record(z.string(), z.number());
const metaSchema = z.object({
  preprocess: z.object({
    scale: z.number(),
    mean: z.array(z.number()),
    std: z.array(z.number()),
    bgr: z.boolean().optional(),
  }),
  splits: z.object({ calibration: range, evaluation: range }),
  inputs: z.object({ file: z.string() }),
  labels: z.object({ file: z.string() }),
  reference: z.object({
    fp32: figures,
    'onnxruntime_python_1.30_minmax': z.object({
      per_tensor: figures,
      per_channel: z.union([figures, z.string()]),
    }),
  }),
});
export type Meta = z.output<typeof metaSchema>;

/** The figures of a model's own metric in meta.json, by how it was quantized. */
export interface ReferenceFigures {
  readonly fp32: number;
  readonly perTensor: number;
  /** Undefined where ONNX Runtime's Python quantizer throws. */
  readonly perChannel: number | undefined;
}

/** A target as quantgate.yml names it. */
export type TargetEntry = string | Readonly<Record<string, string>>;

/** A model of the corpus on its way through quantgate; each step runs when first asked for, and once. */
export interface OpenModel {
  readonly context: Context;
  readonly prepared: Prepared;
  readonly reference: ReferenceFigures;
  calibration(): Promise<Calibration>;
  fp32(): Promise<Fp32>;
  judged(targetId: string): Promise<TargetResult>;
}

/** Absolute folder of the corpus: the environment variable CORPUS, or ../shared/corpus beside the repository. */
export const corpusFolder = presentFolder(
  resolve(fileURLToPath(new URL('../..', import.meta.url)), process.env.CORPUS ?? '../shared/corpus'),
);

export function modelFolder(name: CorpusModel): string {
  return join(corpusFolder, name);
}

export function readMeta(name: CorpusModel): Meta {
  return metaSchema.parse(JSON.parse(readFileSync(join(modelFolder(name), 'meta.json'), 'utf8')));
}

/** The text of a quantgate.yml (JSON is YAML) beside the model's files. */
export function configText(
  name: CorpusModel,
  targets: readonly TargetEntry[],
  given: { readonly file?: string; readonly calibration?: readonly [number, number] } = {},
): string {
  const { preprocess, splits, inputs, labels } = readMeta(name);
  const model = {
    name,
    path: given.file ?? 'model.onnx',
    preprocess,
    calibration: { inputs: inputs.file, range: given.calibration ?? splits.calibration },
    evaluation: {
      inputs: inputs.file,
      range: splits.evaluation,
      labels: labels.file,
      metric: metricNames[name],
    },
    targets,
    budget: { 'max-drop': 0.01 },
  };
  return JSON.stringify({ version: 1, models: [model] });
}

/**
 * Loads and plans a model of the corpus for `targets`.
 *
 * @param file another file of the same model, such as model_bn.onnx
 */
export async function openModel(
  name: CorpusModel,
  targets: readonly TargetEntry[],
  file?: string,
): Promise<OpenModel> {
  const config = parseConfig(configText(name, targets, { file }), `${name}/quantgate.yml`).models[0];
  const folder = modelFolder(name);
  const context: Context = {
    place: { folder, root: folder },
    runtime: await startRuntime('cpu'),
    progress: { begin: () => ({ advance() {}, end() {} }) },
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
  const planned = await prepare(config, context);
  const prepared = name === 'fastestdet' ? { ...planned, metric: await map50() } : planned;
  const calibration = once(() => calibrateModel(prepared, context));
  const fp32 = once(() =>
    fp32Side(prepared, context, '0'.repeat(64), undefined, { tool: 'corpus', commit: null }),
  );
  const judged = new Map(
    prepared.targets.map((target) => [
      target.config.id,
      once(async () => judgeTarget(prepared, target, await calibration(), await fp32(), context)),
    ]),
  );
  return {
    context,
    prepared,
    reference: referenceFigures(name),
    calibration,
    fp32,
    judged: (targetId) => judged.get(targetId)!(),
  };
}

/** `make`, called at most once. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * fastestdet is measured by a module of the user's own, which a config names by a path beside the model. It lies
 * here and not there, so another metric keeps its place in the config.
 */
const metricNames: Readonly<Record<CorpusModel, string>> = {
  'mnist-cnn': 'top1',
  'kws-dscnn': 'top1',
  'resnet20-cifar10': 'top1',
  'mobilenet-v1-025': 'top1',
  fastestdet: 'mse',
  'sed-unet': 'psnr',
};

function map50() {
  return loadMetricModule(fileURLToPath(new URL('map50.ts', import.meta.url)));
}

function referenceFigures(name: CorpusModel): ReferenceFigures {
  const { fp32, 'onnxruntime_python_1.30_minmax': python } = readMeta(name).reference;
  const key = ['top1', 'map50', 'psnr_db'].find((metric) => metric in fp32)!;
  const perChannel = python.per_channel;
  return {
    fp32: fp32[key],
    perTensor: python.per_tensor[key],
    perChannel: typeof perChannel === 'string' ? undefined : perChannel[key],
  };
}

/** @throws Error where there is no such folder: without the corpus these tests prove nothing */
function presentFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new Error(`the corpus of models is not at ${folder}: set CORPUS to the folder that holds it`);
}
