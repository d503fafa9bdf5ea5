import type { Snapshot } from '../history/snapshot.ts';
import type { Attributed } from './attribute.ts';
import type { Candidate } from './judge.ts';

/** What of a candidate is compared with that of the base. */
export function snapshotOf(
  { quantized: { model, plan, parameters } }: Pick<Candidate, 'quantized'>,
  attributed: Attributed,
): Snapshot {
  const ranges = new Map<string, [number, number]>();
  for (const [name, { alpha, beta }] of parameters.activations) ranges.set(name, [alpha, beta]);
  for (const { name, weight } of plan.layers) {
    const params = parameters.weights.get(name)?.params;
    if (weight === undefined || params === undefined) continue;
    const alpha = params.reduce((least, p) => Math.min(least, p.alpha), Infinity);
    const beta = params.reduce((most, p) => Math.max(most, p.beta), -Infinity);
    ranges.set(model.weightNames.get(weight.name) ?? weight.name, [alpha, beta]);
  }
  const units = 'units' in attributed ? attributed.units : [];
  const impacts = units
    .filter(({ impact }) => Number.isFinite(impact.nsr))
    .map(({ name, impact }): [string, number] => [name, impact.nsr]);
  return { ranges: [...ranges], impacts };
}
