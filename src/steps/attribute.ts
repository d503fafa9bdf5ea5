import type { Attribution, ObservedUnit } from '../attribute/attribution.ts';
import { cumulativeNsr } from '../attribute/cumulative.ts';
import { measureImpacts } from '../attribute/impact.ts';
import { localErrors } from '../attribute/local.ts';
import { type NoiseGains, PREFILTER_FROM, shortlist } from '../attribute/noise-gain.ts';
import { chooseProbes } from '../attribute/probes.ts';
import type { Calibration } from '../calibrate/record.ts';
import type { ModelConfig } from '../config/config.ts';
import { type Batch, batches } from '../data/batch.ts';
import type { Sample } from '../data/sample.ts';
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

/**
 * `attribute`, where a model that cannot be taken apart is no obstacle to judging it.
 *
 * @param gains of a stored baseline; they shorten the way for models of very many units
 */
export async function tryToAttribute(
  prepared: Prepared,
  candidate: Candidate,
  probes: Probes,
  gains: NoiseGains | undefined,
  context: Context,
): Promise<Attributed> {
  const stage = `${prepared.config.name}/${candidate.target.config.id}/attribute`;
  try {
    return await timed(stage, undefined, context, () =>
      attribute(prepared, candidate, probes, gains, context),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    return { notAttributed: messageOf(error).slice(0, 300) };
  }
}

/** Finds out which operators cost a target its accuracy, and by which of their steps. */
async function attribute(
  { model }: Prepared,
  { target, parameters }: Candidate,
  { batches, samples }: Probes,
  gains: NoiseGains | undefined,
  { runtime, signal }: Context,
): Promise<Attribution> {
  const { plan, units } = target;
  const local = await localErrors(model, plan, parameters, units, batches, runtime);
  const cumulative = await cumulativeNsr(model, plan, parameters, units, batches, runtime);
  const observed = units.map(
    ({ name, op, reads }): ObservedUnit => ({
      name,
      op,
      reads: [...new Set(reads.map(({ tensor }) => tensor))],
      local: local.get(name) ?? unknown,
      cumulativeNsr: cumulative.get(name) ?? 0,
    }),
  );
  const among = amongUnits(observed, gains);
  const stop = () => signal.throwIfAborted();
  const ends = await measureImpacts(model, plan, parameters, units, batches, runtime, stop, among);
  const { impacts, ...whole } = ends;
  const byName = new Map(observed.map((unit) => [unit.name, unit]));
  const ranked = [...impacts].map(([name, impact], i) => ({ ...byName.get(name)!, rank: i + 1, impact }));
  const unranked = observed.filter(({ name }) => !impacts.has(name));
  return { ...whole, units: ranked, unranked, probeSamples: samples };
}

/** All units, or the likely ones of very many. */
function amongUnits(units: readonly ObservedUnit[], gains: NoiseGains | undefined): ReadonlySet<string> {
  const names = units.map(({ name }) => name);
  if (gains === undefined || units.length < PREFILTER_FROM) return new Set(names);
  return shortlist(gains, new Map(units.map(({ name, local }) => [name, local.nsr])));
}

/** Of an operator whose output is no float32 tensor. */
const unknown = { nsr: 0, shares: undefined, clipRate: 0 };
