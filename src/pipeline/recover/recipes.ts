import { type RepairStep, roundsIntegers } from '../../config/repair-steps.ts';
import type { Scheme } from '../../quantization/scheme.ts';

/** Steps that repair a target, in their order. */
export type Recipe = readonly RepairStep[];

/**
 * Ways to prepare the model before its layers are repaired. No one of them helps every model: equalization saves weights of
 * one scale at 8 bits, and costs others, so each is tried with the same repair of layers, and the best one is kept.
 */
export function preparations({ granularity }: Scheme, found: { readonly smoothable: boolean }): Recipe[] {
  return [
    [],
    ...(granularity === 'per-tensor' ? [['equalize'] as const] : []),
    ...(found.smoothable ? [['smooth'] as const] : []),
  ];
}

const REPAIRS: readonly Recipe[] = [
  ['gptq', 'correct-bias'],
  ['correct-bias'],
  ['round', 'correct-bias'],
  ['gptq', 'round', 'correct-bias'],
];

/**
 * The first is tried behind every preparation, the others behind the best one. Only integers are rounded otherwise, and
 * where all layers have weights in blocks, none is repaired.
 */
export function repairsOf({ target }: Scheme): readonly Recipe[] {
  if (target.placement.kind === 'none') return [];
  return REPAIRS.filter((recipe) => target.precision === undefined || !recipe.some(roundsIntegers));
}

/**
 * What is tried where no rounding in closed form keeps the budgets: it takes its time, and leaves nothing to 8 bits that the
 * closed form does not.
 */
export function learnedRepair({ weightBits }: Scheme): Recipe | undefined {
  return weightBits < 8 ? ['gptq', 'round', 'adaround', 'correct-bias'] : undefined;
}
