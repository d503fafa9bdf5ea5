import type { Attribution } from '../attribution/attribution.ts';
import { mainShare } from '../numerics/main-share.ts';
import { type LayerNoise, withSqnrBudget } from '../verdict/sqnr-budget.ts';
import { causes } from '../words/figures.ts';
import type { Attributed } from './attribute.ts';
import type { TargetResult } from './judge.ts';
import type { Prepared } from './prepare.ts';

/** Holds the noise that layers add by themselves against the budget; what could not be measured does not pass. */
export function withLayerBudget(
  { config }: Prepared,
  result: TargetResult,
  attributed: Attributed,
): TargetResult {
  const { minSqnrDb } = config.budget;
  if (minSqnrDb === undefined) return result;
  const { judgement } = result;
  if ('notAttributed' in attributed) {
    const reason = `min-sqnr-db is ${minSqnrDb.value}, but the layers could not be measured: ${attributed.notAttributed}`;
    return {
      ...result,
      judgement: { ...judgement, verdict: 'fail', reasons: [reason, ...judgement.reasons] },
    };
  }
  const noise = layerNoise(attributed, result.candidate.quantized.plan.layers);
  return { ...result, judgement: withSqnrBudget(judgement, noise, minSqnrDb) };
}

/** What the SQNR budget looks at: the units that are layers with multiplications. */
export function layerNoise(
  { units, unranked }: Attribution,
  layers: readonly { readonly name: string }[],
): [name: string, LayerNoise][] {
  const names = new Set(layers.map(({ name }) => name));
  return [...units, ...unranked]
    .filter(({ name }) => names.has(name))
    .map(({ name, local: { nsr, shares } }) => {
      const main = shares && mainShare(shares);
      return [name, { nsr, cause: main && { words: causes[main.share], share: main.value } }];
    });
}
