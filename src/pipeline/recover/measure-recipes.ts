import { fullNsr } from '../../attribution/impact/impact.ts';
import type { TargetConfig } from '../../config/target-id.ts';
import type { RangeMethodName } from '../../numerics/ranges/index.ts';
import { withRangeMethod } from '../../quantization/quantized.ts';
import { rangeMethodOf } from '../../quantization/scheme.ts';
import { smoothable } from '../../recovery/smooth.ts';
import { proposableMethods } from '../../targets/range-methods-of.ts';
import type { Candidate } from '../judge.ts';
import type { Ready, Trial } from './attempt.ts';
import { learnedRepair, preparations, repairsOf } from './recipes.ts';
import type { Search } from './search.ts';

/** So many of those that leave the least noise are evaluated. */
const EVALUATED = 3;

/** Ways to choose ranges that the best recipe is tried with as well. */
const OTHER_RANGES = 2;

/** Repairs are made for the ranges that they were made with: others are tried though they leave somewhat more noise. */
const MORE_NOISE = 1.25;

/** How many recipes are tried at most. */
export function mostRecipes({ quantized: { scheme, model } }: Candidate): number {
  const repairs = repairsOf(scheme).length;
  if (repairs === 0) return 0;
  const ways = preparations(scheme, { smoothable: smoothable(model).length > 0 }).length;
  const learned = learnedRepair(scheme) === undefined ? 0 : 1;
  return ways + repairs - 1 + OTHER_RANGES + learned;
}

/** Measures the recipes that leave the least noise, the best one also with other ways to choose ranges. */
export async function measureRecipes({ config, quantized }: Candidate, search: Search): Promise<void> {
  const { scheme, model } = quantized;
  let found: Ready[] = [];
  const add = async (change: Partial<TargetConfig>) => {
    const ready = await search.ready({ kind: 'recipe', config: { ...config, ...change } });
    if (ready !== undefined) found = leastNoise([...found, ready]);
  };
  const ways = preparations(scheme, { smoothable: smoothable(model).length > 0 });
  const [first, ...others] = repairsOf(scheme);
  if (first === undefined) return;
  for (const way of ways) await add({ recipe: [...way, ...first] });
  if (found.length === 0) return;
  const way = found[0].config.recipe.slice(0, -first.length);
  for (const repair of others) await add({ recipe: [...way, ...repair] });
  const { recipe } = found[0].config;
  for (const range of await otherRanges(found[0], search.trial)) await add({ recipe, range });
  await search.measure(found);
}

/**
 * Measures learned rounding in place of the rounding of the best recipe. It takes minutes, so all else is tried before it,
 * layers in higher precision as well.
 */
export async function measureLearned({ config, quantized }: Candidate, search: Search): Promise<void> {
  const learned = learnedRepair(quantized.scheme);
  const recipes = search.attempts.filter((each) => each.kind === 'recipe' && 'result' in each);
  const [best] = recipes.toSorted((a, b) => a.outputNsr - b.outputNsr);
  if (learned === undefined || best === undefined) return;
  const { range, recipe } = best.config;
  const way = recipe.filter((step) => step === 'equalize' || step === 'smooth');
  const ready = await search.ready({
    kind: 'recipe',
    config: { ...config, range, recipe: [...way, ...learned] },
  });
  if (ready !== undefined) await search.measure([ready]);
}

function leastNoise(found: readonly Ready[]): Ready[] {
  return found.toSorted((a, b) => a.outputNsr - b.outputNsr).slice(0, EVALUATED);
}

/** The ways to choose ranges that leave the least noise with the repairs that were made for another one. */
async function otherRanges(
  { candidate: { config, quantized, histograms }, outputNsr }: Ready,
  { prepared, samples, context }: Trial,
): Promise<RangeMethodName[]> {
  const { scheme } = quantized;
  const noises: { range: RangeMethodName; noise: number }[] = [];
  for (const range of proposableMethods(scheme.target)) {
    if (range === rangeMethodOf(scheme)) continue;
    context.signal.throwIfAborted();
    const other = withRangeMethod(quantized, range, histograms, config.ranges);
    const noise = await fullNsr(other, samples.apart, context.runtime, prepared.readOutputs);
    noises.push({ range, noise });
  }
  return noises
    .filter(({ noise }) => noise < MORE_NOISE * outputNsr)
    .sort((a, b) => a.noise - b.noise)
    .slice(0, OTHER_RANGES)
    .map(({ range }) => range);
}
