import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { impactOf } from '../../src/attribution/impact/output-noise.ts';
import { FIRST_SAMPLES } from '../../src/attribution/impact/rounds.ts';
import type { SwitchedSession } from '../../src/attribution/impact/switched-session.ts';
import { chooseProbes } from '../../src/attribution/probes.ts';
import { type Batch, batches } from '../../src/data/batch.ts';
import type { Sample } from '../../src/data/sample.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { calibrateModel } from '../../src/pipeline/calibrate.ts';
import { openSamples } from '../../src/pipeline/open-samples.ts';
import { type Context, type Prepared, prepare } from '../../src/pipeline/prepare.ts';
import { type CorpusModel, configOf, corpusContext } from '../support/corpus.ts';

const bits = (weights: number) => ({ 'weight-bits': weights, 'activation-bits': 8 });

const SLOW = new Set<CorpusModel>(['fastestdet', 'sed-unet']);

/** W8A8 per channel, W8A8 per tensor, W4A8 per channel; the last is left out where it takes longest. */
export const settingsOf = (name: CorpusModel) => [
  { chip: 'tensorrt', ...bits(8) } as const,
  { chip: 'snpe', ...bits(8) } as const,
  ...(SLOW.has(name) ? [] : [{ chip: 'tensorrt', ...bits(4) } as const]),
];

/** Samples of the slow truth, as many as the time allows: fastestdet and sed-unet take far longer than the others. */
const TRUTH: Record<CorpusModel, number> = {
  'mnist-cnn': 256,
  'mobilenet-v1-025': 64,
  'resnet20-cifar10': 64,
  'kws-dscnn': 128,
  fastestdet: 8,
  'sed-unet': 6,
};

export const TOP = 10;

/** A calibrated model with its probes and with the samples of the truth, which are neither probes nor calibrate. */
export async function subject(name: CorpusModel) {
  const context = await corpusContext();
  const prepared = await prepare(configOf(name, settingsOf(name)), context);
  const calibration = await calibrateModel(prepared, context);
  const { config, batchSize } = prepared;
  const { indices } = chooseProbes(config.calibration.range!, config.evaluation.range!, true);
  const probes = await read(indices, Math.min(FIRST_SAMPLES, batchSize), prepared, context);
  const [from, to] = config.evaluation.range!;
  const first = Math.max(from, config.calibration.range![1]);
  const left = Array.from({ length: to - first }, (_, i) => first + i).filter((i) => !indices.includes(i));
  const count = Math.min(TRUTH[name], left.length);
  const chosen = Array.from({ length: count }, (_, i) => left[Math.floor((i * left.length) / count)]);
  const many = await read(chosen, batchSize, prepared, context);
  return { context, prepared, calibration, probes, many, count };
}

async function read(indices: readonly number[], size: number, prepared: Prepared, context: Context) {
  const wanted = new Set(indices);
  const samples: Sample[] = [];
  const range = [Math.min(...indices), Math.max(...indices) + 1] as const;
  const dataset = await openSamples(prepared.config.evaluation, prepared, context.place, range);
  for await (const sample of dataset.samples()) if (wanted.has(sample.index)) samples.push(sample);
  await dataset.close();
  // The first few are far apart, and most units are measured on these alone.
  samples.sort((a, b) => indices.indexOf(a.index) - indices.indexOf(b.index));
  const each = async function* () {
    yield* samples;
  };
  const held: Batch[] = [];
  for await (const batch of batches(each(), size, prepared.model.inputs)) held.push(batch);
  return held;
}

/** Seconds of one plain FP32 pass over batches. */
export async function plainSeconds({ model }: Prepared, probes: readonly Batch[], { runtime }: Context) {
  const session = await runtime.open(serializeModel(model.model), { optimize: 'float' });
  const pass = async () => {
    for (const batch of probes) await session.run(batch.inputs);
  };
  await pass();
  const start = performance.now();
  for (let i = 0; i < 3; i++) await pass();
  await session.close();
  return (performance.now() - start) / 3000;
}

/** What the truth's samples say of every unit alone, and what the return of a top ten removes of the whole. */
export async function slowTruth(session: SwitchedSession, names: readonly string[]) {
  const nsrs = new Map<string, number>();
  const nsrOf = async (on: ReadonlySet<string>) => impactOf(await session.measure(on)).nsr;
  for (const name of names) nsrs.set(name, await nsrOf(new Set([name])));
  const full = await nsrOf(new Set(names));
  const removed = async (order: readonly string[]) => {
    const top = new Set(order.slice(0, TOP));
    return 1 - (await nsrOf(new Set(names.filter((n) => !top.has(n))))) / full;
  };
  return { nsrs, order: names.toSorted((a, b) => nsrs.get(b)! - nsrs.get(a)!), removed };
}

/** Three orders that begin with units drawn at random. */
export function randomOrders(names: readonly string[]): string[][] {
  const random = xoroshiro128plus(1);
  return [1, 2, 3].map(() => {
    const left = [...names];
    return names.flatMap(() => left.splice(uniformInt(random, 0, left.length - 1), 1));
  });
}
