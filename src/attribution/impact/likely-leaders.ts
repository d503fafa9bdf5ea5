import type { NoiseGains } from '../../baseline/noise-gains.ts';
import type { Batch } from '../../data/batch.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Unit } from '../../quantization/units.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Estimate } from '../attribution.ts';
import { lazily } from '../lazily.ts';
import type { ImpactOptions } from './impact.ts';
import { byPredictedCost } from './noise-gain.ts';
import { impactOf } from './output-noise.ts';
import { roundsOf } from './rounds.ts';
import { sharing } from './shared-measure.ts';
import { switchModel } from './switch-model.ts';
import { type Batches, openSwitched, samplesOf } from './switched-session.ts';

const LEADERS = 3;

/**
 * Units that are measured. Among the eight of most local NSR, measured on two samples, are three that make .84 of the noise of
 * the true first three (21 pairs of models and targets); three by local NSR alone make .66, twelve no more than eight.
 */
const MEASURED = 8;

/** Of these, as many may be ones that led before. */
const LED_BEFORE = 4;

/** Units of a large model whose local NSR is measured: those of most noise by the bits of what they read find as much. */
const OBSERVED = 32;

/** What is known of the units of a model from elsewhere. */
export interface Hints {
  readonly gains: NoiseGains | undefined;
  /** Names of those that cost the most when all were measured, on the base, the costliest first. */
  readonly ledBefore: readonly string[];
}

/** How well tensors use their bits: activations by their name, weights by that of their layer. */
interface Bits {
  readonly activations: ReadonlyMap<string, { readonly effectiveBits: number }>;
  readonly weights: ReadonlyMap<string, { readonly effectiveBits: number }>;
}

/** The units whose local errors are worth measuring for the leaders. */
export function unitsToObserve(units: readonly Unit[], bits: Bits, hints: Hints): Unit[] {
  const predicted = new Map(units.map((unit) => [unit.name, predictedNsr(unit, bits)]));
  const names = likely(predicted, hints, OBSERVED);
  return units.filter(({ name }) => names.has(name));
}

/** The names of the units that are worth measuring at the end of the model, by their local NSR. */
export function unitsToMeasure(localNsr: ReadonlyMap<string, number>, hints: Hints): Set<string> {
  return likely(localNsr, hints, MEASURED);
}

function likely(nsr: ReadonlyMap<string, number>, { gains, ledBefore }: Hints, most: number): Set<string> {
  const before = ledBefore.filter((name) => nsr.has(name)).slice(0, LED_BEFORE);
  return new Set([...new Set([...before, ...byPredictedCost(nsr, gains)])].slice(0, most));
}

/** Of a product, where the relative noise of its factors adds up. */
function predictedNsr({ reads, layer }: Unit, { activations, weights }: Bits): number {
  const uses = [
    ...[...new Set(reads.map(({ tensor }) => tensor))].map((tensor) => activations.get(tensor)),
    layer && weights.get(layer.name),
  ];
  return uses.reduce((sum, use) => sum + (use === undefined ? 0 : 4 ** -use.effectiveBits), 0);
}

/** The first few probes, which are far apart. */
export function fewProbes(probes: readonly Batch[]): readonly Batch[] {
  const [[first, end] = [0, 0]] = roundsOf(probes);
  return probes.slice(first, end);
}

/**
 * Measures few units alone, and names up to three of them that cost the most: a unit that costs nothing is none of them.
 *
 * @throws UserError when there are no probe samples
 */
export async function findLikelyLeaders(
  quantized: Quantized,
  probes: readonly Batch[],
  runtime: Runtime,
  {
    among,
    outputs,
    shared,
    signal,
    advance = () => {},
  }: ImpactOptions & {
    readonly among: ReadonlySet<string>;
  },
): Promise<Omit<Estimate, 'units'>> {
  const switched = switchModel(quantized, outputs);
  const session = lazily(() => openSwitched(switched, probes, runtime));
  const known = sharing(quantized.model, switched, shared);
  const batches: Batches = [0, probes.length];
  const impactWith = async (on: ReadonlySet<string>) => {
    signal?.throwIfAborted();
    return impactOf(await known.powers(on, batches, async () => (await session.get()).measure(on, batches)));
  };
  try {
    const { nsr: fullNsr } = await impactWith(new Set(quantized.units.map(({ name }) => name)));
    const alone: Estimate['leaders'][number][] = [];
    for (const name of among) {
      alone.push({ name, impact: await impactWith(new Set([name])) });
      advance();
    }
    const falling = (a: number, b: number) => (a === b ? 0 : b - a);
    const leaders = alone
      .filter(({ impact }) => impact.nsr > 0)
      .sort((a, b) => falling(a.impact.nsr, b.impact.nsr))
      .slice(0, LEADERS);
    return { leaders, measured: among.size, fullNsr, probeSamples: samplesOf(probes) };
  } finally {
    await session.close();
  }
}
