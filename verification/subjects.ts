import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ModelConfig } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { resolveTarget, type TargetConfig } from '../src/config/target-id.ts';
import { parseJson } from '../src/json.ts';
import type { Chip } from '../src/targets/index.ts';
import type { RangeChoice } from '../src/targets/target.ts';

/** The corpus of the corpus tests. */
const corpus = resolve(process.env.CORPUS ?? join(import.meta.dirname, '../../shared/corpus'));

const range = z.tuple([z.int(), z.int()]);
const metaFile = z.object({
  preprocess: z
    .object({
      scale: z.number(),
      mean: z.array(z.number()),
      std: z.array(z.number()),
      bgr: z.boolean().optional(),
    })
    .optional(),
  splits: z.object({ calibration: range, evaluation: range }),
  inputs: z.object({ file: z.string() }),
  labels: z.object({ file: z.string() }),
});

/** The models that consumers are held against, in the order of the tables. */
export const models = [
  'signs',
  'mnist-cnn',
  'kws-dscnn',
  'resnet20-cifar10',
  'mobilenet-v1-025',
  'fastestdet',
  'magika',
];

/** The configuration of a model for one chip, with so many samples at most. */
export async function configOf(
  model: string,
  chip: Chip,
  { range, samples }: { readonly range: RangeChoice; readonly samples: number },
): Promise<ModelConfig> {
  const targets: TargetConfig[] = [resolveTarget(chip, range)];
  const config = model === 'signs' ? await exampleConfig() : await corpusConfig(model);
  const { calibration, evaluation } = config;
  const first = ([from, to]: readonly [number, number], most: number) =>
    [from, Math.min(to, from + most)] as const;
  return {
    ...config,
    targets,
    calibration: { ...calibration, range: first(calibration.range!, 100) },
    evaluation: { ...evaluation, range: first(evaluation.range!, samples) },
  };
}

async function exampleConfig(): Promise<ModelConfig> {
  const folder = join(import.meta.dirname, '../examples/signs');
  const {
    models: [model],
  } = await loadConfig(join(folder, 'quantgate.yml'));
  const path = (name: string) => fromRoot(join(folder, name));
  const { calibration, evaluation } = model;
  return {
    ...model,
    path: path(model.path),
    calibration: { ...calibration, inputs: path(calibration.inputs as string) },
    evaluation: {
      ...evaluation,
      inputs: path(evaluation.inputs as string),
      labels: path(evaluation.labels!),
    },
  };
}

async function corpusConfig(model: string): Promise<ModelConfig> {
  const file = (name: string) => join(corpus, model, name);
  if (!existsSync(file('meta.json'))) throw new Error(`${corpus} has no ${model}: set CORPUS to its folder`);
  const { preprocess, splits, inputs, labels } = parseJson(
    await readFile(file('meta.json'), 'utf8'),
    metaFile,
    { where: file('meta.json'), what: 'a description of a model', remedy: 'restore it' },
  );
  const path = (name: string) => fromRoot(file(name));
  return {
    name: model,
    path: path('model.onnx'),
    preprocess: { scale: 1, mean: [0], std: [1], bgr: false, ...preprocess },
    calibration: { inputs: path(inputs.file), range: splits.calibration },
    evaluation: {
      inputs: path(inputs.file),
      range: splits.evaluation,
      labels: labels.file === inputs.file ? undefined : path(labels.file),
      metric:
        model === 'fastestdet'
          ? { module: fromRoot(join(import.meta.dirname, '../test/corpus/map50.mjs')) }
          : { name: 'top1' },
    },
    targets: [],
    ranges: new Map(),
    budget: { maxDrop: '50pp', maxRegression: '50pp', confidence: 0.95, onInconclusive: 'warn' },
    recover: { when: 'off', minutes: 10 },
  };
}

/** The corpus lies anywhere: paths are relative to the root of the file system here. */
const fromRoot = (path: string) => path.replace(/^\//, '');
