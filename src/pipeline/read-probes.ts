import { chooseProbes } from '../attribution/probes.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { ModelConfig } from '../config/config.ts';
import { type Batch, batches } from '../data/batch.ts';
import type { Sample } from '../data/sample.ts';
import { type Context, openEvaluation, type Prepared } from './prepare.ts';

/** The samples that attribution runs on. */
export interface Probes {
  readonly batches: readonly Batch[];
  readonly samples: number;
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
  const { config, model, batchSize } = prepared;
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
  for await (const batch of batches(samples(), batchSize, model.inputs)) held.push(batch);
  return { batches: held, samples: chosen.indices.length, seenInCalibration: chosen.seenInCalibration };
}

function sharesData({ calibration, evaluation }: ModelConfig): boolean {
  const key = (inputs: typeof calibration.inputs) =>
    JSON.stringify(typeof inputs === 'string' ? inputs : [...inputs]);
  return key(calibration.inputs) === key(evaluation.inputs);
}
