import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import { parse, stringify } from 'yaml';
import { verificationSchema } from '../src/verification/verification-schema.ts';

/**
 * The emulation of a chip beside the library that runs its files on a CPU, model by model, by the built command line:
 * `npx tsx verification/consumers.ts <chip> <python> [models…]`, with `--samples 200 --range mse --weights per-channel`.
 * The corpus lies at `$CORPUS`, or where its tests look for it.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '200' },
    range: { type: 'string', default: 'mse' },
    weights: { type: 'string' },
  },
});
const [chip, python, ...asked] = positionals;
if (chip === undefined || python === undefined)
  throw new Error('usage: npx tsx verification/consumers.ts <chip> <python> [models…]');

const root = resolve(import.meta.dirname, '..');
const corpus = resolve(process.env.CORPUS ?? join(root, '../shared/corpus'));
const models = [
  'signs',
  'mnist-cnn',
  'kws-dscnn',
  'resnet20-cifar10',
  'mobilenet-v1-025',
  'fastestdet',
  'magika',
];

const rows = (asked.length > 0 ? asked : models).map(rowOf);
console.log(
  markdownTable([
    [
      'model',
      'samples',
      'outcome',
      'outputs',
      'same top-1',
      'FP32',
      'predicted',
      'measured',
      'first layer to differ',
    ],
    ...rows,
  ]),
);

function rowOf(model: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), `quantgate-${chip}-${model}-`));
  try {
    cpSync(model === 'signs' ? join(root, 'examples/signs') : join(corpus, model), folder, {
      recursive: true,
    });
    writeFileSync(
      join(folder, 'quantgate.yml'),
      stringify({ version: 1, provider: 'cpu', models: [configOf(model, folder)] }),
    );
    const failed = quantgate(folder, 'run') ?? quantgate(folder, 'verify', '--python', python);
    if (failed !== undefined) return [model, '', failed];
    const { models } = verificationSchema.parse(
      JSON.parse(readFileSync(join(folder, 'quantgate-out/verify.json'), 'utf8')),
    );
    const [checked] = models[0].targets;
    if (checked.outcome === 'error') return [model, '', checked.reasons.join('; ')];
    const { outcome, samples, sqnrDb, equalShare, metric, layers, library, version, notes } = checked;
    console.error([`${model}: ${library} ${version}`, ...notes].join('\n  '));
    return [
      model,
      String(samples),
      outcome,
      sqnrDb === undefined ? '' : sqnrDb === null ? 'the same' : `${sqnrDb.toFixed(1)} dB`,
      equalShare?.toFixed(3) ?? '',
      ...[metric.fp32, metric.predicted, metric.measured].map((value) => value.toFixed(4)),
      layers === undefined ? '' : (layers.first?.layer ?? 'none'),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the command line as a user would; its last line where it ends with an error. */
function quantgate(folder: string, ...args: string[]): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return status === null || status === 2 ? stderr.trim().split('\n').at(-1) : undefined;
}

/** An entry of `models:`, with the first samples of each split. */
function configOf(model: string, folder: string): object {
  const first = ([from, to]: [number, number], most: number) => [from, Math.min(to, from + most)];
  const targets = [{ chip, range: values.range, ...(values.weights && { weights: values.weights }) }];
  const common = { targets, recover: 'off', budget: { 'max-drop': model === 'fastestdet' ? '50pp' : '1pp' } };
  if (model === 'signs') {
    const [own] = parse(readFileSync(join(folder, 'quantgate.yml'), 'utf8')).models;
    const evaluation = { ...own.evaluation, range: first(own.evaluation.range, Number(values.samples)) };
    return { ...own, ...common, evaluation };
  }
  const { preprocess, splits, inputs, labels } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  const { scale, mean, std, bgr = false } = preprocess ?? { scale: 1, mean: [0], std: [1] };
  if (model === 'fastestdet') cpSync(join(root, 'test/corpus/map50.mjs'), join(folder, 'map50.mjs'));
  return {
    name: model,
    path: 'model.onnx',
    ...(preprocess && { preprocess: { scale, mean, std, bgr } }),
    calibration: { inputs: inputs.file, range: first(splits.calibration, 100) },
    evaluation: {
      inputs: inputs.file,
      range: first(splits.evaluation, Number(values.samples)),
      ...(labels.file !== inputs.file && { labels: labels.file }),
      metric: model === 'fastestdet' ? './map50.mjs' : 'top1',
    },
    ...common,
  };
}
