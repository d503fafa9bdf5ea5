import type { Attribution, Estimate, ObservedUnit } from '../attribution/attribution.ts';
import { cumulativeNsr } from '../attribution/cumulative-error.ts';
import { fp16Noise } from '../attribution/fp16-noise.ts';
import { measureImpacts } from '../attribution/impact/impact.ts';
import { measuredTensors } from '../attribution/impact/measured-tensors.ts';
import { PREFILTER_FROM, shortlist } from '../attribution/impact/noise-gain.ts';
import { localErrors } from '../attribution/local/local-errors.ts';
import { inGroups } from '../attribution/local/unit-batches.ts';
import type { Shared } from '../attribution/measurements.ts';
import { type NoiseGains, noiseGainsAt } from '../baseline/noise-gains.ts';
import { saidBy } from '../runtime/engine-error.ts';
import { forProbes } from './beside-probes.ts';
import type { Evidence } from './evidence.ts';
import type { Candidate, TargetResult } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { timed } from './progress.ts';

/** An attribution, or why there is none: a verdict stands without it. */
export type Attributed = Attribution | NotAttributed;

/** Without a reason where nothing asks for one; the leaders may be estimated then. */
export interface NotAttributed {
  readonly notAttributed: string | undefined;
  readonly estimate?: Estimate;
}

export const NOT_ASKED_FOR: NotAttributed = { notAttributed: undefined };

/** What targets of one model are attributed in, which share what they quantize alike. */
export interface Attributing extends Context {
  /** Left out where there is one target. */
  readonly shared?: Shared | undefined;
}

/** Whether each layer of a target is measured, however it is judged. */
export function isAlwaysAttributed({
  config: { attribute, recover, budget },
}: Pick<Prepared, 'config'>): boolean {
  return attribute === 'always' || recover.when === 'always' || budget.minSqnrDb !== undefined;
}

/** Whether each layer of a target is measured: always, or as it does not pass. */
export function asksForAttribution(
  prepared: Prepared,
  { judgement, byQuantization }: Pick<TargetResult, 'judgement' | 'byQuantization'>,
): boolean {
  return isAlwaysAttributed(prepared) || judgement.verdict !== 'pass' || byQuantization !== 'pass';
}

/** `attribute`, where a model that cannot be taken apart is no obstacle to judging it. */
export async function tryToAttribute(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  context: Attributing,
): Promise<Attributed> {
  const stage = `${prepared.config.name}/${candidate.config.id}/attribute`;
  try {
    return await timed(
      stage,
      candidate.compared.units.length,
      context,
      (advance) => attribute(prepared, candidate, evidence, { ...context, advance: () => advance(1) }),
      { things: 'layers' },
    );
  } catch (error) {
    context.signal.throwIfAborted();
    return { notAttributed: saidBy(error).slice(0, 300) };
  }
}

/** Finds out which operators cost a target its accuracy, and by which of their steps. */
async function attribute(
  prepared: Prepared,
  { compared: quantized, emulation }: Candidate,
  evidence: Evidence,
  { runtime, signal, shared, advance }: Attributing & { readonly advance: () => void },
): Promise<Attribution> {
  const { readOutputs: outputs } = prepared;
  const { batches, samples, elements } = evidence.probes;
  const groups = inGroups(quantized, elements);
  const probing = forProbes(evidence.probes, runtime);
  const local = await localErrors(quantized, groups, batches, { ...probing, shared });
  const cumulative = await cumulativeNsr({ quantized, emulation }, groups, batches, probing);
  const observed = quantized.units.map(
    ({ name, op, reads }): ObservedUnit => ({
      name,
      op,
      reads: [...new Set(reads.map(({ tensor }) => tensor))],
      local: local.get(name)!,
      cumulativeNsr: cumulative.get(name)!,
    }),
  );
  const among = amongUnits(observed, storedGains(prepared, evidence));
  const { impacts, ...whole } = await measureImpacts(quantized, batches, probing.runtime, {
    among,
    outputs,
    shared,
    elements,
    atOnce: probing.atOnce,
    signal,
    advance,
  });
  const fp16Nsr = await fp16Noise(quantized, batches, probing.runtime, outputs);
  const byName = new Map(observed.map((unit) => [unit.name, unit]));
  const ranked = [...impacts].map(([name, impact], i) => ({ ...byName.get(name)!, rank: i + 1, impact }));
  const unranked = observed.filter(({ name }) => !impacts.has(name));
  return { ...whole, fp16Nsr, units: ranked, unranked, probeSamples: samples };
}

/** The noise gains that a stored baseline of a model of very many units has: they shorten the way. */
export function storedGains(
  { model, readOutputs }: Pick<Prepared, 'model' | 'readOutputs'>,
  { fp32, lookup }: Pick<Evidence, 'fp32' | 'lookup'>,
): NoiseGains | undefined {
  const measuredWith = lookup.state === 'compared' ? lookup.baseline : fp32;
  return noiseGainsAt(measuredWith, measuredTensors(model, readOutputs));
}

/** All units, or the likely ones of very many. */
function amongUnits(units: readonly ObservedUnit[], gains: NoiseGains | undefined): ReadonlySet<string> {
  const names = units.map(({ name }) => name);
  if (gains === undefined || units.length < PREFILTER_FROM) return new Set(names);
  return shortlist(gains, new Map(units.map(({ name, local }) => [name, local.nsr])));
}
