import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelConfig } from '../../src/config/config.ts';
import { resolveTarget, type TargetConfig, type TargetInput } from '../../src/config/target-id.ts';
import type { Context } from '../../src/pipeline/prepare.ts';
import { silentContext } from './silent-context.ts';

export const corpus = resolve(process.env.CORPUS ?? join(import.meta.dirname, '../../../shared/corpus'));
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
  return JSON.parse(readFileSync(join(import.meta.dirname, '../corpus/golden', `${name}.json`), 'utf8'));
}

const metricOf = (model: CorpusModel): ModelConfig['evaluation']['metric'] => {
  if (model === 'fastestdet') return { module: fromRoot(join(import.meta.dirname, '../corpus/map50.mjs')) };
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
    budget: {
      maxDrop: model === 'sed-unet' ? 1 : '50pp',
      maxRegression: model === 'sed-unet' ? 1 : '50pp',
      confidence: 0.95,
      onInconclusive: 'warn',
    },
    recover: { when: 'off', minutes: 10 },
    attribute: 'always',
  };
}

/** The corpus lies anywhere. */
export function corpusContext(): Promise<Context> {
  return silentContext('/');
}
