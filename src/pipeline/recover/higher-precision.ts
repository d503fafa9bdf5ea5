import type { AttributedUnit } from '../../attribution/attribution.ts';
import { measureImpacts } from '../../attribution/impact/impact.ts';
import type { LayerPrecision, LayerPrecisions, TargetConfig } from '../../config/target-id.ts';
import { onCommon } from '../../evaluation/looked.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Target } from '../../targets/target.ts';
import { compare } from '../../verdict/comparison.ts';
import type { Stopped } from '../../verdict/looks.ts';
import type { Explained } from '../advise.ts';
import type { Candidate, TargetResult } from '../judge.ts';
import type { Prepared } from '../prepare.ts';
import type { MeasuredAttempt, Ready } from './attempt.ts';
import type { Search } from './search.ts';
import { type Standing, standingOf } from './standing.ts';

/** What is lost with so many layers in higher precision. */
export interface CurvePoint {
  readonly layers: number;
  readonly quantized: number;
  readonly drop: number;
  /** Undefined where it was measured on all samples. */
  readonly stopped: Stopped | undefined;
}

/** Numbers of layers that are evaluated side by side. */
const SIDE_BY_SIDE = 3;

/** How many sets of layers are tried at most. */
export function mostPrecisions({ quantized: { units, scheme } }: Candidate): number {
  const { widest, floats } = scheme.target;
  if (units.length === 0 || (widest.activations < 16 && !floats)) return 0;
  return 2 * (Math.ceil(Math.log2(units.length)) + 1);
}

/**
 * Seeks the fewest layers in higher precision that keep the budgets, those of most impact first: 1, 2, 4 … of them, then
 * between the last that are too few and the first that are enough. The rest of the target is as in the best change so far.
 *
 * @returns what was measured, the fewest layers first; empty where the chip has no higher precision
 */
export async function inHigherPrecision(explained: Explained, search: Search): Promise<CurvePoint[]> {
  const { attributed, result } = explained;
  if ('notAttributed' in attributed) return [];
  const base = search.least();
  const config = startOf(result, base, search.trial.prepared);
  const quantized = config === base?.config ? base.candidate.quantized : result.candidate.quantized;
  const all = await byImpact(explained, quantized, search);
  const precise = new Map(
    all.flatMap((unit) => {
      const precision = higherPrecision(unit, quantized.scheme.target);
      return precision === undefined ? [] : [[unit.name, precision] as const];
    }),
  );
  const names = [...precise.keys()];
  const doubling = [...powersOfTwoBelow(names.length), names.length];
  const steps = 2 * doubling.length;
  const points = new Map<number, MeasuredAttempt & Ready>();
  const measure = async (counts: readonly number[]) => {
    const ready: Ready[] = [];
    for (const count of counts) {
      const layers: LayerPrecisions = new Map([...config.layers, ...[...precise].slice(0, count)]);
      const each = await search.ready({ kind: 'precision', config: { ...config, layers } });
      if (each !== undefined) ready.push(each);
    }
    for (const each of await search.measure(ready, steps - points.size))
      points.set(each.config.layers.size - config.layers.size, each);
  };
  const fewestThat = (isEnough: (standing: Standing) => boolean) =>
    least([...points].filter(([, { result }]) => isEnough(standingOf(result))));
  const enough = () =>
    fewestThat((standing) => standing === 'keeps') ?? fewestThat((standing) => standing !== 'misses');
  for (let i = 0; i < doubling.length && enough() === undefined && !search.isCut(); i += SIDE_BY_SIDE)
    await measure(doubling.slice(i, i + SIDE_BY_SIDE));
  for (let most = enough(); most !== undefined && !search.isCut(); most = enough()) {
    const tooFew = Math.max(0, ...[...points.keys()].filter((count) => count < most!));
    const middle = Math.floor((tooFew + most) / 2);
    if (middle === tooFew) break;
    await measure([middle]);
    if (!points.has(middle)) break;
  }
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([layers, { result }]) => {
      const { quantized, drop } = result.judgement;
      return { layers, quantized, drop, stopped: result.stopped };
    });
}

function least(points: readonly (readonly [number, unknown])[]): number | undefined {
  return points.length === 0 ? undefined : Math.min(...points.map(([count]) => count));
}

function powersOfTwoBelow(end: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power < end; power *= 2) powers.push(power);
  return powers;
}

/** The best change so far, if that is better than the target as it is. */
function startOf(
  before: TargetResult,
  base: MeasuredAttempt | undefined,
  { metric, config }: Prepared,
): TargetConfig {
  if (base === undefined) return before.candidate.config;
  const { drop } = compare(metric, ...onCommon(before, base.result), config.budget.confidence);
  return drop < 0 ? base.config : before.candidate.config;
}

/** The units by what each costs alone: measured anew where the model was repaired since. */
async function byImpact(
  { attributed, result }: Explained,
  quantized: Quantized,
  { trial: { prepared, evidence, context } }: Search,
): Promise<readonly AttributedUnit[]> {
  if ('notAttributed' in attributed) return [];
  if (quantized === result.candidate.quantized) return attributed.units;
  const { impacts } = await measureImpacts(quantized, evidence.probes.batches, context.runtime, {
    among: new Set(quantized.units.map(({ name }) => name)),
    outputs: prepared.readOutputs,
    // Each set of layers is repaired anew, so how errors add with these repairs says nothing: alone counts.
    isOrdered: false,
    elements: evidence.probes.elements,
    signal: context.signal,
  });
  const known = new Map(attributed.units.map((unit) => [unit.name, unit]));
  return [...impacts].flatMap(([name, impact], i) => {
    const unit = known.get(name);
    return unit === undefined ? [] : [{ ...unit, rank: i + 1, impact }];
  });
}

/** Undefined where the chip has nothing better for a layer. */
function higherPrecision({ local: { shares } }: AttributedUnit, target: Target): LayerPrecision | undefined {
  const { widest, floats } = target;
  if (widest.activations < 16) return floats ? { float: true } : undefined;
  const byWeight = shares === undefined ? 0 : shares.weightRound + shares.weightClip;
  const isWide = byWeight > 0.5 && widest.weights === 16;
  return { activationBits: 16, ...(isWide && { weightBits: 16 }) };
}
