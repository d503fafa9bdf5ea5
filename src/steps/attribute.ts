import type { AttributedUnit, Attribution } from '../attribute/attribution.ts';
import { measureImpacts } from '../attribute/impact.ts';
import { localErrors } from '../attribute/local.ts';
import { chooseProbes } from '../attribute/probes.ts';
import { unitsOf } from '../attribute/units.ts';
import type { Calibration } from '../calibrate/record.ts';
import type { ModelConfig } from '../config/config.ts';
import { type Batch, batches } from '../data/batch.ts';
import type { Sample } from '../data/dataset.ts';
import { messageOf } from '../errors.ts';
import type { Candidate } from './judge-target.ts';
import { type Context, openSamples, type Prepared } from './prepare.ts';
import { timed } from './progress.ts';

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
  { ranges }: Calibration,
  evaluated: number,
  context: Context,
): Promise<Probes> {
  const { config, model, batchSize } = prepared;
  const [first] = config.evaluation.range ?? [0];
  const calibrated = [ranges[0][0], ranges.at(-1)![1]] as const;
  const chosen = chooseProbes(calibrated, [first, first + evaluated], sharesData(config));
  const samples = async function* (): AsyncGenerator<Sample> {
    for (const index of chosen.indices) {
      const one = await openSamples(config.evaluation, prepared, context.place, [index, index + 1]);
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

/** An attribution, or why there is none: a verdict stands without it. */
export type Attributed = Attribution | { readonly notAttributed: string };

/** `attribute`, where a model that cannot be taken apart is no obstacle to judging it. */
export async function tryToAttribute(
  prepared: Prepared,
  candidate: Candidate,
  probes: Probes,
  context: Context,
): Promise<Attributed> {
  try {
    return await attribute(prepared, candidate, probes, context);
  } catch (error) {
    context.signal.throwIfAborted();
    return { notAttributed: messageOf(error).slice(0, 300) };
  }
}

/** Finds out which operators cost a target its accuracy, and by which of their steps. */
async function attribute(
  prepared: Prepared,
  { target, parameters }: Candidate,
  probes: Probes,
  context: Context,
): Promise<Attribution> {
  const { model, config } = prepared;
  const { runtime } = context;
  const units = unitsOf(model, target.plan, target.scheme.target.placement.kind);
  return timed(`${config.name}/${target.config.id}/attribute`, undefined, context, async () => {
    const local = await localErrors(model, target.plan, parameters, units, probes.batches, runtime);
    const stop = () => context.signal.throwIfAborted();
    const ends = await measureImpacts(model, target.plan, parameters, units, probes.batches, runtime, stop);
    const { impacts, ...whole } = ends;
    const byName = new Map(units.map((unit) => [unit.name, unit]));
    const attributed = [...impacts].map(([name, impact], i): AttributedUnit => {
      const { op, reads } = byName.get(name)!;
      const tensors = [...new Set(reads.map(({ tensor }) => tensor))];
      return { name, op, reads: tensors, rank: i + 1, local: local.get(name) ?? unknown, impact };
    });
    return { ...whole, units: attributed, probeSamples: probes.samples };
  });
}

/** Of an operator whose output is no float32 tensor. */
const unknown = { nsr: 0, shares: undefined, clipRate: 0 };
