import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import type { Sample } from '../src/data/sample.ts';
import { qdqModel } from '../src/emulation/qdq-model.ts';
import { classOf } from '../src/metrics/classification.ts';
import type { Outputs, Score } from '../src/metrics/metric.ts';
import { aggregateScores, scoreSample } from '../src/metrics/score-sample.ts';
import { calibrateModel } from '../src/pipeline/calibrate.ts';
import { chipFilesOf } from '../src/pipeline/export.ts';
import { candidateOf } from '../src/pipeline/judge.ts';
import { openEvaluation, openSamples } from '../src/pipeline/open-samples.ts';
import { type Context, type Prepared, prepare } from '../src/pipeline/prepare.ts';
import { openModel } from '../src/runtime/open-model.ts';
import { startRuntime } from '../src/runtime/runtime.ts';
import { type Chip, targets } from '../src/targets/index.ts';
import type { RangeChoice } from '../src/targets/target.ts';
import { consume, resultOf, type Shown, writeJob } from './job.ts';
import { configOf, models } from './subjects.ts';

/**
 * Holds the emulation of a chip against the library that runs its files on a CPU:
 * `npx tsx verification/consumers.ts <chip> <python> [models…]`, with `--samples 200 --range mse --options '{}' --keep`.
 * One line a model: signal-to-noise in dB of the outputs that the metric reads, consumer beside emulation, Q/DQ in float
 * beside emulation, FP32 beside emulation and FP32 beside consumer; the share of samples with the same greatest output, and both metrics.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '200' },
    range: { type: 'string', default: 'mse' },
    options: { type: 'string', default: '{}' },
    keep: { type: 'boolean', default: false },
  },
});
const [chip, python, ...asked] = positionals as [Chip, string, ...string[]];
if (!(chip in targets) || python === undefined)
  throw new Error('usage: npx tsx verification/consumers.ts <chip> <python> [models…]');

const context: Context = {
  place: { folder: '/', root: '/' },
  runtime: await startRuntime('cpu'),
  progress: { begin: () => ({ advance() {}, end() {} }) },
  times: {},
  signal: new AbortController().signal,
  now: () => performance.now(),
};

const head = [
  'model',
  'samples',
  'consumer',
  'Q/DQ in float',
  'FP32',
  'consumer beside FP32',
  'same top-1',
  'metric: FP32',
  'emulation',
  'consumer',
  'difference',
];
const rows: string[][] = [];
for (const model of asked.length > 0 ? asked : models) {
  try {
    const { row, shown } = await compared(model);
    rows.push(row);
    console.error([`${model}: ${shown.library} ${shown.version}`, ...shown.notes].join('\n  '));
  } catch (error) {
    rows.push([model, (error as Error).message.slice(0, 200)]);
  }
}
console.log(markdownTable([head, ...rows]));

async function compared(model: string): Promise<{ row: string[]; shown: Shown }> {
  const config = await configOf(model, chip, {
    range: values.range as RangeChoice,
    samples: Number(values.samples),
  });
  const prepared = await prepare(config, context);
  const [target] = prepared.targets;
  if (target === undefined) throw new Error(prepared.unplanned[0].problem);
  const candidate = candidateOf(prepared, target, await calibrateModel(prepared, context));
  const folder = mkdtempSync(join(tmpdir(), `quantgate-${chip}-${model}-`));
  try {
    const files = chipFilesOf(prepared, candidate);
    for (const { path, content } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const qdq = files.find(({ path }) => path.endsWith('.qdq.onnx'))?.path;
    const samples = await read(await openEvaluation(prepared, context.place));
    const calibration = await read(await openSamples(config.calibration, prepared, context.place));
    const outputs = [...prepared.readOutputs];
    const task = {
      chip,
      model: `/${config.path}`,
      files: join(folder, dirname(files[0].path)),
      qdq: qdq === undefined ? null : join(folder, qdq),
      inputs: prepared.model.inputs.map(({ name, type }) => ({ name, type })),
      outputs,
      options: JSON.parse(values.options),
    };
    writeJob(folder, task, { samples, calibration });
    if (values.keep) console.error(`${model}: ${folder}`);
    const shown = consume(python, chip, folder);
    const consumer = samples.map((_, index) => resultOf(folder, index, outputs));
    const emulation = await run(candidate.emulation.model, samples, outputs);
    const fp32 = await run(prepared.fp32.model, samples, outputs);
    const { bias } = candidate.quantized.scheme.target;
    const written = qdqModel(candidate.quantized, { file: '', bias, maxBits: 16 });
    const float = 'model' in written ? await run(written.model, samples, outputs) : undefined;
    const [a, b, c] = [fp32, emulation, consumer].map((each) => metricOf(prepared, samples, each));
    const same = consumer.filter((each, i) => greatest(each, outputs) === greatest(emulation[i], outputs));
    const row = [
      model,
      String(samples.length),
      decibels(emulation, consumer),
      float === undefined ? '' : decibels(emulation, float),
      decibels(emulation, fp32),
      decibels(consumer, fp32),
      (same.length / samples.length).toFixed(3),
      ...[a, b, c].map((value) => value.toFixed(4)),
      `${((c - b) * 100).toFixed(2)} pp`,
    ];
    return { row, shown };
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true });
  }
}

async function read(dataset: Awaited<ReturnType<typeof openSamples>>): Promise<Sample[]> {
  try {
    const samples: Sample[] = [];
    for await (const sample of dataset.samples(context.signal)) samples.push(sample);
    return samples;
  } finally {
    await dataset.close();
  }
}

async function run(
  model: Parameters<typeof openModel>[0],
  samples: readonly Sample[],
  outputs: readonly string[],
): Promise<Outputs[]> {
  const session = await openModel(model, { optimize: 'float' }, context.runtime);
  try {
    const results: Outputs[] = [];
    for (const { inputs } of samples) results.push(await session.run(inputs, outputs));
    return results;
  } finally {
    await session.close();
  }
}

function metricOf(
  { metric, readOutputs }: Prepared,
  samples: readonly Sample[],
  all: readonly Outputs[],
): number {
  const scores: Score[] = samples.map(({ index, label }, i) =>
    scoreSample(metric, { sample: index, outputs: all[i], names: readOutputs, label, reference: undefined }),
  );
  return aggregateScores(metric, scores);
}

function greatest(outputs: Outputs, [first]: readonly string[]): number {
  return classOf(outputs[first]);
}

/** Signal-to-noise ratio of all values of all samples together. */
function decibels(signal: readonly Outputs[], other: readonly Outputs[]): string {
  let [power, noise] = [0, 0];
  for (const [i, outputs] of signal.entries()) {
    for (const [name, { data }] of Object.entries(outputs)) {
      const values = data as Float32Array;
      const others = other[i][name].data as Float32Array;
      values.forEach((value, k) => {
        power += value * value;
        noise += (value - others[k]) ** 2;
      });
    }
  }
  return noise === 0 ? 'same bits' : `${(10 * Math.log10(power / noise)).toFixed(1)} dB`;
}
