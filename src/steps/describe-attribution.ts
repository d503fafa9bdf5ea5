import { mainCause, type Remedy } from '../attribute/advice.ts';
import type { AttributedUnit, Attribution } from '../attribute/attribution.ts';
import type { LayerNoise } from '../gate/sqnr.ts';
import { causes } from '../gate/words.ts';
import type { JudgedTarget, LayerReport } from '../report/schema.ts';

/** The fields of a layer in report.json that attribution fills; what is infinite is left out, as JSON cannot say it. */
export function describeUnit({ rank, impact, local, cumulativeNsr }: AttributedUnit): Partial<LayerReport> {
  const sqnrDb = -10 * Math.log10(local.nsr);
  return {
    rank,
    ...finite({ impact: impact.nsr, kl: impact.kl, worstSample: impact.worstSample, cumulativeNsr, sqnrDb }),
    clipRate: local.clipRate,
    ...(local.shares && { shares: local.shares }),
  };
}

/** The fields of a target in report.json that attribution and advice fill. */
export function describeAdvice(
  { fullNsr, additivity, ranking, destroyed, probeSamples }: Attribution,
  probesCalibrated: boolean,
  suggestion: JudgedTarget['suggestion'],
  remedies: readonly Remedy[],
): Pick<JudgedTarget, 'attribution' | 'suggestion' | 'remedies'> {
  const known = Number.isFinite(fullNsr) && Number.isFinite(additivity);
  const numbers = { fullNsr, additivity, ranking, destroyed, probeSamples, probesCalibrated };
  return { ...(known && { attribution: numbers }), suggestion, remedies: [...remedies] };
}

/** What the SQNR budget looks at: the units that are layers with multiplications. */
export function layerNoise(
  { units }: Attribution,
  layers: readonly { readonly name: string }[],
): [name: string, LayerNoise][] {
  const names = new Set(layers.map(({ name }) => name));
  return units
    .filter(({ name }) => names.has(name))
    .map(({ name, local: { nsr, shares } }) => {
      const main = shares && mainCause(shares);
      return [name, { nsr, cause: main && { words: causes[main.share], share: main.value } }];
    });
}

function finite<T extends Record<string, number>>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => Number.isFinite(value)),
  ) as Partial<T>;
}
