import type {
  AttributedUnit,
  Attribution,
  Estimate,
  LocalUnit,
  ObservedUnit,
} from '../attribution/attribution.ts';
import type { JudgedTarget, LayerReport } from '../report/report-schema.ts';
import type { Advised } from './advise.ts';

/** The fields of a layer in report.json that attribution fills; what is infinite is left out, as JSON cannot say it. */
export function describeUnit(unit: LocalUnit | ObservedUnit | AttributedUnit): Partial<LayerReport> {
  const { local } = unit;
  return {
    ...('rank' in unit && { rank: unit.rank, ...finite(costOf(unit)) }),
    ...('cumulativeNsr' in unit && finite({ cumulativeNsr: unit.cumulativeNsr })),
    ...finite({ sqnrDb: -10 * Math.log10(local.nsr) }),
    clipRate: local.clipRate,
    ...(local.shares && { shares: local.shares }),
  };
}

function costOf({ impact: { nsr, worstSample, samples } }: AttributedUnit) {
  return { impact: nsr, worstSample, impactSamples: samples };
}

/**
 * The fields of a target in report.json that attribution and advice fill.
 *
 * @param measuredAt tensors that are measured instead of the outputs of the model
 */
export function describeAdvice(
  { fullNsr, additivity, ranking, destroyed, probeSamples }: Attribution,
  probesCalibrated: boolean,
  measuredAt: readonly string[],
  { suggestion, remedies, rangeMethods }: Advised,
): Pick<JudgedTarget, 'additivity' | 'attribution' | 'suggestion' | 'remedies' | 'rangeMethods'> {
  const known = Number.isFinite(fullNsr);
  const instead = measuredAt.length > 0 ? { measuredAt: measuredAt.slice(0, 64) } : {};
  return {
    ...finite({ additivity }),
    ...(known && {
      attribution: { fullNsr, ranking, destroyed, probeSamples, probesCalibrated, ...instead },
    }),
    suggestion: suggestion && { ...suggestion, changes: [...suggestion.changes] },
    remedies: [...remedies],
    ...(rangeMethods.length > 0 && {
      rangeMethods: rangeMethods.filter(({ outputNsr }) => Number.isFinite(outputNsr)),
    }),
  };
}

/** The field of a target in report.json that an estimate fills; none where no unit costs anything. */
export function describeEstimate(
  { leaders, measured, fullNsr, probeSamples }: Estimate,
  probesCalibrated: boolean,
): Pick<JudgedTarget, 'likelyLeaders'> {
  if (leaders.length === 0) return {};
  const layers = leaders.map(({ name, impact: { nsr } }) => ({ layer: name, ...finite({ impact: nsr }) }));
  return {
    likelyLeaders: { layers, measured, ...finite({ fullNsr }), probeSamples, probesCalibrated },
  };
}

function finite<T extends Record<string, number>>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => Number.isFinite(value)),
  ) as Partial<T>;
}
