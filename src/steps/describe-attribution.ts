import type { AttributedUnit, Attribution } from '../attribute/attribution.ts';
import type { BitUse } from '../attribute/bits.ts';
import { overallCause } from '../attribute/cause.ts';
import { remedyFor } from '../attribute/remedy.ts';
import type { JudgedTarget, LayerReport } from '../report/schema.ts';
import type { Candidate } from './judge-target.ts';

/** Units whose ranges the remedy looks at. */
const WORST = 10;

/** What report.json says of why a target lost accuracy. JSON knows no infinities: such figures are left out. */
export function describeAttribution(
  { units, fullNsr, additivity, ranking, destroyed, probeSamples }: Attribution,
  { target }: Candidate,
  bits: ReadonlyMap<string, BitUse>,
  probesSeen: boolean,
): Pick<JudgedTarget, 'additivity' | 'attribution'> {
  if (!Number.isFinite(fullNsr)) return {};
  const cause = overallCause(units) ?? null;
  const { granularity, weightBits, activationBits } = target.scheme;
  const reads = units.slice(0, WORST).flatMap((unit) => unit.reads);
  const situation = {
    granularity,
    weightBits,
    activationBits,
    bitsLost: Math.max(0, ...reads.map((name) => bits.get(name)?.bitsLost ?? 0)),
  };
  return {
    ...(Number.isFinite(additivity) ? { additivity } : {}),
    attribution: {
      outputNsr: fullNsr,
      ranking,
      destroyed,
      probeSamples,
      probesSeen,
      cause,
      remedy: cause && remedyFor(cause, situation),
    },
  };
}

/** What report.json says of one unit. */
export function describeUnit(unit: AttributedUnit | undefined): Partial<LayerReport> {
  if (unit === undefined) return {};
  const { rank, impact, local } = unit;
  const sqnrDb = -10 * Math.log10(local.nsr);
  return {
    rank,
    ...(Number.isFinite(impact.nsr) ? { impact: impact.nsr } : {}),
    ...(Number.isFinite(impact.kl) ? { kl: impact.kl } : {}),
    ...(Number.isFinite(impact.worstSample) ? { worstSample: impact.worstSample } : {}),
    ...(Number.isFinite(sqnrDb) ? { sqnrDb } : {}),
    clipRate: local.clipRate,
    ...(local.shares && { shares: local.shares }),
  };
}
