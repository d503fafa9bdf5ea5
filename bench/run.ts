import { join, resolve } from 'node:path';
import { collectHistograms } from '../src/calibration/histograms.ts';
import type { ModelConfig } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { type Batch, batches } from '../src/data/batch.ts';
import { emulatedModel } from '../src/emulation/emulated-model.ts';
import { serializeModel } from '../src/onnx/model.ts';
import { calibrateModel } from '../src/pipeline/calibrate.ts';
import { judgeModels } from '../src/pipeline/judge-models.ts';
import { openSamples } from '../src/pipeline/open-samples.ts';
import { type Context, prepare } from '../src/pipeline/prepare.ts';
import { noTimes } from '../src/pipeline/progress.ts';
import { quantize } from '../src/quantization/quantized.ts';
import { type Session, startRuntime } from '../src/runtime/runtime.ts';
import { type CorpusModel, configOf } from '../test/support/corpus.ts';

/** Speed as ratios to a plain ONNX Runtime FP32 pass over the same samples in the same run, and peak memory. */
const root = resolve(import.meta.dirname, '..');
const example = await loadConfig(join(root, 'examples/signs/quantgate.yml'));
const runtime = await startRuntime('cpu');

const three = ['tensorrt', 'snpe', 'cambricon'] as const;
const corpus = (model: CorpusModel) => ({ config: configOf(model, three), folder: '/' });
const subjects = [
  corpus('mobilenet-v1-025'),
  corpus('resnet20-cifar10'),
  { config: example.models[0], folder: join(root, 'examples/signs') },
];

for (const { config, folder } of subjects) await measure(config, folder);
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);

async function measure(config: ModelConfig, folder: string): Promise<void> {
  const progress = { begin: () => ({ advance: () => {}, end: () => {} }) };
  const context: Context = {
    place: { folder, root: folder },
    runtime,
    progress,
    times: noTimes(),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
  const prepared = await prepare(config, context);
  const { model, batchSize } = prepared;
  const dataset = await openSamples(config.calibration, prepared, context.place);
  // Read once: the ratio is about computing, not about decoding pictures.
  const held: Batch[] = [];
  for await (const batch of batches(dataset.samples(), batchSize, model.inputs)) held.push(batch);
  const samples = held.reduce((sum, b) => sum + b.indices.length, 0);
  const replay = async function* () {
    yield* held;
  };
  const session = await runtime.open(serializeModel(model.model), { optimize: 'float' });
  const plainPass = async () => {
    for (const batch of held) await session.run(batch.inputs);
  };
  await plainPass();
  const plain = (await seconds(plainPass)) / samples;
  const calibrating =
    (await seconds(() => collectHistograms(model, prepared.observed, replay(), runtime))) / samples;
  await session.close();
  const input = {
    config: { provider: 'cpu', models: [config] } as const,
    baselines: undefined,
    shards: new Map(),
    commit: null,
    date: new Date(0),
    writeChipFile: async () => {},
  };
  const whole = await seconds(() => judgeModels(input, context));
  const evaluated = Number(config.evaluation.range![1]) - Number(config.evaluation.range![0]);
  const stage = (name: string) => context.times.seconds[`${config.name}/${name}`] / evaluated / plain;
  const ms = (s: number) => `${(1000 * s).toFixed(2)} ms`;
  console.log(
    `${config.name}: plain FP32 pass ${ms(plain)} a sample in batches of ${batchSize}, ${prepared.observed.length} tensors observed`,
  );
  console.log(`  calibration ${(calibrating / plain).toFixed(1)}x`);
  console.log(
    `  judgeModels with ${config.targets.length} targets ${(whole / evaluated / plain).toFixed(1)}x the FP32 pass over ${evaluated} evaluation samples, data reading included`,
  );
  for (const name of ['fp32', ...config.targets.map((t) => t.id)])
    console.log(`    ${name} ${stage(name).toFixed(1)}x`);
  const calibration = await calibrateModel(prepared, context);
  for (const { config: target, ...planned } of prepared.targets) {
    const quantized = quantize(planned, calibration.histograms, config.ranges);
    const [integer, float] = await Promise.all(
      (['integer', 'float'] as const).map(async (arithmetic) => {
        const emulated = emulatedModel(quantized, arithmetic);
        return runtime.open(serializeModel(emulated.model), { optimize: 'float' });
      }),
    );
    const pass = (session: Session) => async () => {
      for (const batch of held) await session.run(batch.inputs);
    };
    const ratio = (await fastest(pass(integer))) / (await fastest(pass(float)));
    console.log(`  ${target.id}: emulation with integers ${ratio.toFixed(2)}x emulation in float`);
    await integer.close();
    await float.close();
  }
  await dataset.close();
}

async function fastest(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 4; i++) times.push(await seconds(work));
  return Math.min(...times);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
