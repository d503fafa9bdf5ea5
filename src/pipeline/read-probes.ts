import { posix } from 'node:path';
import { FIRST_SAMPLES } from '../attribution/impact/rounds.ts';
import { chooseProbes } from '../attribution/probes.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { ModelConfig, SamplesConfig } from '../config/config.ts';
import { type Batch, batches } from '../data/batch.ts';
import type { Sample, SampleRange } from '../data/sample.ts';
import { type FedDims, fedDims } from '../runtime/fed-dims.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { tensorSizes, withSampleShapes } from '../runtime/sample-shapes.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/** The samples that attribution runs on. */
export interface Probes {
  readonly batches: readonly Batch[];
  readonly samples: number;
  /** Elements of every tensor of the model in the run of the largest batch. */
  readonly elements: ReadonlyMap<string, number>;
  /** Dimensions that the inputs of all batches have; undefined where the model does not run with them written into it. */
  readonly fed: FedDims | undefined;
  /** Evaluation samples that calibrate, too. */
  readonly calibrating: number;
  /** All evaluation samples calibrate, so that clipping of other data cannot show. */
  readonly seenInCalibration: boolean;
}

/**
 * Reads a few evaluation samples that did not calibrate.
 *
 * @param evaluated number of evaluation samples
 */
export async function readProbes(
  prepared: Prepared,
  { ranges }: Pick<Calibration, 'ranges'>,
  evaluated: number,
  context: Context,
): Promise<Probes> {
  const { config, model, batchSize, batchElements } = prepared;
  const [first] = config.evaluation.range ?? [0];
  const calibrated = [ranges[0][0], ranges.at(-1)![1]] as const;
  const same = sharesData(config, model);
  const evaluation = [first, first + evaluated] as const;
  const chosen = chooseProbes(calibrated, evaluation, same);
  const samples = async function* (): AsyncGenerator<Sample> {
    for (const index of chosen.indices) {
      const one = await openEvaluation(prepared, context.place, [index, index + 1]);
      try {
        yield* one.samples(context.signal);
      } finally {
        await one.close();
      }
    }
  };
  // Most layers are measured on the first few samples alone, which a model of any batch size then runs by themselves.
  const isFixed = model.inputs.some(({ dims }) => dims[0] === batchSize);
  const size = isFixed ? batchSize : Math.min(batchSize, FIRST_SAMPLES);
  const held: Batch[] = [];
  for await (const batch of batches(samples(), size, model.inputs, batchElements)) held.push(batch);
  const { elements, fed } = await shapesOf(held, model, context.runtime);
  const { indices, seenInCalibration } = chosen;
  const calibrating = same ? countWithin(evaluation, ranges) : 0;
  return { batches: held, samples: indices.length, elements, fed, calibrating, seenInCalibration };
}

async function shapesOf(held: readonly Batch[], model: LoadedModel, runtime: Runtime) {
  const valuesOf = ({ inputs }: Batch) =>
    Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
  const [largest] = held.toSorted((a, b) => valuesOf(b) - valuesOf(a));
  const shapedBy = (by: Runtime) => withSampleShapes(model, largest?.inputs ?? {}, by);
  const fed = fedDims(held.map(({ inputs }) => inputs));
  const shaped = await shapedBy({ ...runtime, fed });
  return shaped === model
    ? { elements: tensorSizes(await shapedBy(runtime)), fed: undefined }
    : { elements: tensorSizes(shaped), fed };
}

/** Whether calibration and evaluation read the same files, so that their indices mean the same samples. */
export function sharesData(
  { calibration, evaluation }: ModelConfig,
  { inputs: ports }: LoadedModel,
): boolean {
  const files = ({ inputs }: SamplesConfig) =>
    ports.map(({ name }) => posix.normalize((typeof inputs === 'string' ? inputs : inputs.get(name)) ?? ''));
  return String(files(calibration)) === String(files(evaluation));
}

/** How many indices of a range lie in ranges that do not overlap each other. */
function countWithin([first, end]: SampleRange, ranges: readonly SampleRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, first)), 0);
}
