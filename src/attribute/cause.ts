import type { AttributedUnit, Shares } from './attribution.ts';
import type { Step } from './steps.ts';

/** The step with the largest share, and that share. */
export interface Cause {
  readonly step: Step;
  readonly share: number;
}

/** What most of a local error comes from; undefined where there is none. */
export function causeOf(shares: Shares | undefined): Cause | undefined {
  if (shares === undefined) return undefined;
  const [[step, share]] = (Object.entries(shares) as [Step, number][]).sort(([, a], [, b]) => b - a);
  return { step, share };
}

/** What most of the noise at the outputs comes from: every unit's shares, weighed by what it costs alone. */
export function overallCause(units: readonly AttributedUnit[]): Cause | undefined {
  const sums: Record<Step, number> = {
    weightRound: 0,
    weightClip: 0,
    activationRound: 0,
    activationClip: 0,
    output: 0,
  };
  let total = 0;
  for (const { impact, local } of units) {
    if (local.shares === undefined || !Number.isFinite(impact.nsr)) continue;
    total += impact.nsr;
    for (const step of Object.keys(sums) as Step[]) sums[step] += impact.nsr * local.shares[step];
  }
  if (!(total > 0)) return undefined;
  const cause = causeOf(sums)!;
  return { step: cause.step, share: cause.share / total };
}
