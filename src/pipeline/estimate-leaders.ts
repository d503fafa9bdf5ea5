import type { Estimate } from '../attribution/attribution.ts';
import {
  fewProbes,
  findLikelyLeaders,
  unitsToMeasure,
  unitsToObserve,
} from '../attribution/impact/likely-leaders.ts';
import { localErrors } from '../attribution/local/local-errors.ts';
import { inGroups } from '../attribution/local/unit-batches.ts';
import { saidBy } from '../runtime/engine-error.ts';
import { type Attributing, type NotAttributed, storedGains } from './attribute.ts';
import { fedBy } from './beside-probes.ts';
import type { Evidence } from './evidence.ts';
import type { TargetResult } from './judge.ts';
import type { Prepared } from './prepare.ts';
import { timed } from './progress.ts';

type Estimated = Pick<TargetResult, 'candidate' | 'bits' | 'withBase'>;

/** Estimates which layers cost a target that passes the most; one that cannot be taken apart passes all the same. */
export async function tryToEstimate(
  prepared: Prepared,
  result: Estimated,
  evidence: Evidence,
  context: Attributing,
): Promise<NotAttributed> {
  const { config, compared } = result.candidate;
  if (compared.units.length === 0) return { notAttributed: undefined };
  const stage = `${prepared.config.name}/${config.id}/attribute`;
  try {
    const estimate = await timed(
      stage,
      undefined,
      context,
      (advance) => estimateLeaders(prepared, result, evidence, { ...context, advance: () => advance(1) }),
      { things: 'layers' },
    );
    return { notAttributed: undefined, estimate };
  } catch (error) {
    context.signal.throwIfAborted();
    return { notAttributed: saidBy(error).slice(0, 300) };
  }
}

async function estimateLeaders(
  prepared: Prepared,
  { candidate: { compared: quantized }, bits, withBase }: Estimated,
  evidence: Evidence,
  { runtime, signal, shared, advance }: Attributing & { readonly advance: () => void },
): Promise<Estimate> {
  const { readOutputs: outputs } = prepared;
  const { batches, elements } = evidence.probes;
  const probing = fedBy(evidence.probes, runtime);
  const probes = fewProbes(batches);
  const hints = {
    gains: storedGains(prepared, evidence),
    ledBefore: (withBase?.snapshot?.impacts ?? []).map(([name]) => name),
  };
  const observed = unitsToObserve(quantized.units, bits, hints);
  const groups = inGroups({ ...quantized, units: observed }, elements);
  const local = await localErrors(quantized, groups, probes, { runtime: probing, shared });
  const among = unitsToMeasure(new Map([...local].map(([name, { nsr }]) => [name, nsr])), hints);
  const found = await findLikelyLeaders(quantized, probes, probing, {
    among,
    outputs,
    shared,
    signal,
    advance,
  });
  return { ...found, units: observed.map(({ name, op }) => ({ name, op, local: local.get(name)! })) };
}
