import { chooseProbes } from '../attribution/probes.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { ModelConfig } from '../config/config.ts';
import { type Batch, batches } from '../data/batch.ts';
import type { Sample } from '../data/sample.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { tensorSizes } from '../runtime/tensor-sizes.ts';
import { type Context, openEvaluation, type Prepared } from './prepare.ts';

/** The samples that attribution runs on. */
export interface Probes {
  readonly batches: readonly Batch[];
  readonly samples: number;
  /** Elements of every tensor of the model in the run of the largest batch. */
  readonly elements: ReadonlyMap<string, number>;
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
  const chosen = chooseProbes(calibrated, [first, first + evaluated], sharesData(config));
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
  const held: Batch[] = [];
  for await (const batch of batches(samples(), batchSize, model.inputs, batchElements)) held.push(batch);
  const elements = await largestSizes(held, model, context.runtime);

  const { indices, seenInCalibration } = chosen;
  return { batches: held, samples: indices.length, elements, seenInCalibration };
}

function largestSizes(held: readonly Batch[], model: LoadedModel, runtime: Runtime) {
  const valuesOf = ({ inputs }: Batch) =>
    Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
  const [largest] = held.toSorted((a, b) => valuesOf(b) - valuesOf(a));
  return tensorSizes(model, largest?.inputs ?? {}, runtime);
}

function sharesData({ calibration, evaluation }: ModelConfig): boolean {
  const key = (inputs: typeof calibration.inputs) =>
    JSON.stringify(typeof inputs === 'string' ? inputs : [...inputs]);
  return key(calibration.inputs) === key(evaluation.inputs);
}
