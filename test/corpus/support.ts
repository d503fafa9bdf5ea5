import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelConfig } from '../../src/config/config.ts';
import type { Pin } from '../../src/config/pins.ts';
import type { TargetConfig } from '../../src/config/target-id.ts';
import { resolveTarget, type TargetInput } from '../../src/config/target-id.ts';
import type { Report } from '../../src/report/schema.ts';
import { judgeModels } from '../../src/run.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';
import type { Context } from '../../src/steps/prepare.ts';

const corpus = resolve(process.env.CORPUS ?? join(import.meta.dirname, '../../../shared/corpus'));
if (!existsSync(corpus)) throw new Error(`the corpus is not at ${corpus}: set CORPUS to its folder`);

/** What `meta.json` of a corpus model says. */
export interface Meta {
  readonly preprocess: { scale: number; mean: number[]; std: number[]; bgr?: boolean };
  readonly splits: { calibration: [number, number]; evaluation: [number, number] };
  readonly inputs: { file: string };
  readonly labels: { file: string };
  readonly reference: Record<string, Record<string, number | Record<string, number> | string>>;
}

export const models = [
  'mnist-cnn',
  'mobilenet-v1-025',
  'resnet20-cifar10',
  'kws-dscnn',
  'fastestdet',
  'sed-unet',
] as const;
export type CorpusModel = (typeof models)[number];

export function metaOf(model: CorpusModel): Meta {
  return JSON.parse(readFileSync(join(corpus, model, 'meta.json'), 'utf8'));
}

export function corpusFile(model: CorpusModel, file: string): string {
  return join(corpus, model, file);
}

/** Figures of ONNX Runtime's Python quantizer. */
export function goldenOf(name: string) {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'golden', `${name}.json`), 'utf8'));
}

const metricOf = (model: CorpusModel): ModelConfig['evaluation']['metric'] => {
  if (model === 'fastestdet') return { module: fromRoot(join(import.meta.dirname, 'map50.ts')) };
  return { name: model === 'sed-unet' ? 'psnr' : 'top1' };
};

/** The corpus lies anywhere: paths are relative to the root of the file system here. */
const fromRoot = (path: string) => path.replace(/^\//, '');

export function configOf(
  model: CorpusModel,
  targets: readonly TargetInput[],
  file = 'model.onnx',
): ModelConfig {
  const { preprocess, splits, inputs, labels } = metaOf(model);
  const path = (name: string) => fromRoot(corpusFile(model, name));
  return {
    name: model,
    path: path(file),
    preprocess: { bgr: false, ...preprocess },
    calibration: { inputs: path(inputs.file), range: splits.calibration },
    evaluation: {
      inputs: path(inputs.file),
      range: splits.evaluation,
      labels: labels.file === inputs.file ? undefined : path(labels.file),
      metric: metricOf(model),
    },
    targets: targets.map((target): TargetConfig => resolveTarget(target, 'mse')),
    ranges: new Map(),
    budget: { maxDrop: model === 'sed-unet' ? 1 : '50pp', confidence: 0.95, onInconclusive: 'warn' },
  };
}

export async function corpusContext(): Promise<Context> {
  return {
    place: { folder: '/', root: '/' },
    runtime: await startRuntime('cpu'),
    progress: { begin: () => ({ advance: () => {}, end: () => {} }) },
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}

/** Gates one corpus model, with ranges pinned, and gives its targets by id. */
export async function gateCorpus(
  model: CorpusModel,
  targets: readonly TargetInput[],
  file?: string,
  pins: readonly Pin[] = [],
) {
  const ranges = new Map(pins.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
  const config = { provider: 'cpu', models: [{ ...configOf(model, targets, file), ranges }] } as const;
  const input = {
    config,
    baselines: undefined,
    shards: new Map(),
    commit: null,
    date: new Date(0),
    writeChipFile: async () => {},
  };
  const report: Report = await judgeModels(input, await corpusContext());
  const judged = report.models[0].targets.flatMap((t) => (t.verdict === 'error' ? [] : [t]));
  for (const { target, metric, realInt8 } of judged) {
    const flips = metric.flips === null ? '' : `, lost ${metric.flips.lost}, gained ${metric.flips.gained}`;
    const int8 =
      realInt8 === undefined
        ? ''
        : `, int8 ${realInt8.quantized.toFixed(4)}, same greatest output ${realInt8.agreement.toFixed(4)}`;
    console.log(
      `${model} ${file ?? ''} ${target}: FP32 ${metric.fp32.toFixed(4)}, quantized ${metric.quantized.toFixed(4)}${flips}${int8}`,
    );
  }
  return { report, targets: new Map(judged.map((t) => [t.target, t])) };
}
