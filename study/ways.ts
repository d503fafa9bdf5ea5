import type { RepairStep } from '../src/config/repair-steps.ts';
import type { TargetInput } from '../src/config/target-id.ts';
import { rangeMethodNames, rangeMethods } from '../src/numerics/ranges/index.ts';
import type { Way } from './measure.ts';

type Chosen = Extract<TargetInput, object>;

/** Hexagon's grids: asymmetric, with a scale for the tensor or for each channel. */
const grids = { chip: 'snpe', 'weight-bits': 8, 'activation-bits': 8 } as const;

/** What is left of the loss where weights, or activations, have so many bits that they lose nothing. */
export const errorSources: readonly Way[] = [
  ...(['per-tensor', 'per-channel'] as const).map((weights) => ({
    title: `ΔW ${weights}`,
    target: { ...grids, weights, 'activation-bits': 16 },
  })),
  { title: 'ΔX', target: { ...grids, 'weight-bits': 16 } },
  ...(['per-tensor', 'per-channel'] as const).map((weights) => ({
    title: `all, ${weights}`,
    target: { ...grids, weights },
  })),
];

/** Ways to choose the ranges of activations; weights have a scale for each channel. */
export const rangeWays: readonly Way[] = rangeMethodNames
  .filter((name) => rangeMethods[name].fitsAll)
  .map((range) => ({ title: range, target: { ...grids, weights: 'per-channel', range } }));

/** Schemes under which repairs are compared. */
export const schemes: readonly Way[] = ([8, 4] as const).flatMap((bits) =>
  (['per-tensor', 'per-channel'] as const).map((weights) => ({
    title: `W${bits}A8 ${weights}`,
    target: { ...grids, weights, 'weight-bits': bits },
  })),
);

const recipes: readonly (readonly RepairStep[])[] = [
  [],
  ['correct-bias'],
  ['equalize'],
  ['equalize', 'correct-bias'],
  ['round', 'correct-bias'],
  ['gptq', 'correct-bias'],
  ['round', 'adaround', 'correct-bias'],
  ['equalize', 'round', 'correct-bias'],
  ['equalize', 'gptq', 'correct-bias'],
];

/** Repairs under a scheme. Learned rounding takes long, and is compared below 8 bits only. */
export function repairWays({ target }: Way): Way[] {
  const given = target as Chosen;
  return recipes
    .filter((recipe) => given['weight-bits'] < 8 || !recipe.includes('adaround'))
    .map((recipe) => ({
      title: recipe.length === 0 ? 'nearest' : recipe.join(' + '),
      target: { ...given, recipe: [...recipe] },
    }));
}
