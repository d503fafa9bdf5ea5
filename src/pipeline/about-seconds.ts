import { openModel } from '../runtime/open-model.ts';
import { isAlwaysAttributed } from './attribute.ts';
import { inBatches, openSamples } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/** Samples of a model's two data sets, as far as their numbers are known. */
export interface SampleCounts {
  readonly calibrating: number | undefined;
  readonly evaluated: number | undefined;
}

/** Seconds that one sample takes. */
interface Pace {
  /** To be read and preprocessed. */
  readonly read: number;
  /** To run through FP32. */
  readonly run: number;
}

/** What a stage takes, in runs of FP32 over the same samples: medians of real models on two cores. */
const CALIBRATION_RUNS = 6;
const EMULATION_RUNS = 2.5;
/** Of the probe samples, for each unit that attribution measures. */
const UNIT_RUNS = 3;
const PROBES = 8;
/** For the likely leaders of a target that passes. */
const ESTIMATE_RUNS = 80;
/** In which models are loaded, planned and written, for each target. */
const TARGET_SECONDS = 1;

/** In which the pace is measured; the first run, which is slower, does not count. */
const MEASURED_MS = 1000;
const MOST_BATCHES = 16;

/**
 * About how many seconds the verdict of a model takes where every target passes: FP32 is run on a few calibration samples, and
 * the rest is told from that. Where a target fails, its layers, other ranges and recovery come on top.
 *
 * @returns undefined where a module does not say how many samples it has
 */
export async function aboutSeconds(
  prepared: Prepared,
  { calibrating, evaluated }: SampleCounts,
  context: Context,
): Promise<number | undefined> {
  if (calibrating === undefined || evaluated === undefined) return undefined;
  const { read, run } = await fp32Pace(prepared, context);
  const { targets } = prepared;
  const units = targets.reduce((sum, each) => sum + each.units.length, 0);
  const explaining = isAlwaysAttributed(prepared)
    ? units * UNIT_RUNS * PROBES
    : targets.length * ESTIMATE_RUNS;
  return (
    calibrating * (read + CALIBRATION_RUNS * run) +
    evaluated * (read + (1 + EMULATION_RUNS * targets.length) * run) +
    explaining * run +
    targets.length * TARGET_SECONDS
  );
}

async function fp32Pace(prepared: Prepared, { runtime, place, signal, now }: Context): Promise<Pace> {
  const { config, fp32 } = prepared;
  const session = await openModel(fp32.model, { optimize: 'float' }, runtime);
  const dataset = await openSamples(config.calibration, prepared, place);
  try {
    let [reading, running, samples, batches] = [0, 0, 0, 0];
    const start = now();
    let last = start;
    for await (const { inputs, indices } of inBatches(dataset, prepared, signal)) {
      const read = now();
      if (batches === 0) await session.run(inputs);
      const warm = now();
      await session.run(inputs);
      reading += read - last;
      running += now() - warm;
      samples += indices.length;
      batches++;
      last = now();
      if (last - start > MEASURED_MS || batches >= MOST_BATCHES) break;
    }
    return { read: reading / samples / 1000, run: running / samples / 1000 };
  } finally {
    await session.close();
    await dataset.close();
  }
}
