import type { Attribution } from '../attribution/attribution.ts';
import type { Range } from '../numerics/grid.ts';
import { shortFloat32 } from '../numerics/short-float.ts';
import { type ActivationBitUse, DB_PER_BIT, NEGLIGIBLE_BITS_LOST } from '../quantization/bit-use.ts';
import type { Unit } from '../quantization/units.ts';

/** A better range of an activation, to be pinned. */
export interface RangeChange {
  readonly tensor: string;
  /** Float32 values in their shortest decimal form, alpha < beta. */
  readonly alpha: number;
  readonly beta: number;
  /** SQNR of the tensor gained on its histogram. */
  readonly predictedGainDb: number;
  readonly predictedGainBits: number;
}

/** Units whose tensors are looked at, by rank. */
const TOP_UNITS = 20;
const MAX_CHANGES = 10;

/**
 * The best ranges of the activations that waste bits among the units that cost the most, at most ten, the one that is
 * expected to take most noise off the output first. They are a proposal: errors cancel, so the set has to be measured.
 */
export function suggestionOf(
  { units: ranked }: Attribution,
  units: readonly Unit[],
  bits: ReadonlyMap<string, ActivationBitUse>,
): RangeChange[] {
  const worth = new Map<string, number>();
  for (const { name, impact, local } of ranked.filter(({ rank }) => rank <= TOP_UNITS)) {
    const { activationRound = 0, activationClip = 0 } = local.shares ?? {};
    const noise = impact.nsr * Math.max(activationRound + activationClip, 0);
    const tensors = new Set(units.find((unit) => unit.name === name)?.reads.map(({ tensor }) => tensor));
    for (const tensor of tensors) {
      const use = bits.get(tensor);
      if (use === undefined || use.bitsLost < NEGLIGIBLE_BITS_LOST) continue;
      worth.set(tensor, (worth.get(tensor) ?? 0) + noise * (1 - 4 ** -use.bitsLost));
    }
  }
  return [...worth]
    .filter(([, noise]) => noise > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_CHANGES)
    .map(([tensor]) => changeOf(tensor, bits.get(tensor)!))
    .filter(({ alpha, beta }) => alpha < beta);
}

function changeOf(tensor: string, { best, bitsLost }: ActivationBitUse): RangeChange {
  return {
    tensor,
    alpha: shortFloat32(best.alpha),
    beta: shortFloat32(best.beta),
    predictedGainDb: bitsLost * DB_PER_BIT,
    predictedGainBits: bitsLost,
  };
}

/** The quantized model with a set of changes beside the one without, on the same samples, as `compare` has it. */
export interface Effect {
  /** How much worse the changes make the metric, in its unit; negative if better. */
  readonly drop: number;
  readonly interval: readonly [number, number];
  readonly flips: { readonly lost: number; readonly gained: number } | null;
  readonly samples: number;
}

/** Whether a set of changes makes the metric worse by more than the noise of the comparison. */
export function isWorse(effect: Effect): boolean {
  return effect.drop > noiseFloor(effect);
}

/** Whether it makes the metric better by more than that. */
export function isGain(effect: Effect): boolean {
  return -effect.drop > noiseFloor(effect);
}

/** The more valuable half of a set that does not help as it is; empty at last. */
export function betterHalf(changes: readonly RangeChange[]): readonly RangeChange[] {
  return changes.slice(0, Math.floor(changes.length / 2));
}

/** Half of the width of the interval; where samples are right or wrong, at least one of them. */
function noiseFloor({ interval: [low, high], flips, samples }: Effect): number {
  const half = (high - low) / 2;
  return flips === null ? half : Math.max(half, 1 / samples);
}

/** The new ranges by tensor. */
export function changedRanges(changes: readonly RangeChange[]): Map<string, Range> {
  return new Map(changes.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
}
