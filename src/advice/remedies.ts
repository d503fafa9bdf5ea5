import type { Shares } from '../attribution/attribution.ts';
import { mainShare } from '../numerics/main-share.ts';
import type { Unit } from '../quantization/units.ts';
import { adviceOnActivation } from './activation.ts';
import type { Advice, Findings } from './findings.ts';
import { adviceOnOutput } from './output.ts';
import type { RangeChange } from './range-changes.ts';
import { adviceOnWeight } from './weight.ts';

/** Advice on one unit, and the part of its error that it is for. */
export interface Remedy extends Advice {
  readonly unit: string;
  readonly cause: { readonly share: keyof Shares; readonly value: number };
}

/** Units that advice is given on, by rank. */
const TOP_UNITS = 10;
/** A unit that costs less than this part of what all cost is not worth a remedy. */
const LEAST_PART = 0.01;

/**
 * What to do about the units that cost the most, by what makes most of their own error. Where a range of `kept`, the
 * changes that were measured and kept, takes care of it, nothing is said.
 */
export function remediesOf(findings: Findings, kept: readonly RangeChange[]): Remedy[] {
  const ranked = findings.attribution.units;
  const whole = ranked.reduce((sum, { impact }) => sum + impact.nsr, 0);
  return ranked
    .filter(({ rank, impact }) => rank <= TOP_UNITS && impact.nsr > 0 && impact.nsr >= LEAST_PART * whole)
    .flatMap(({ name, local }) => {
      const unit = findings.quantized.units.find((each) => each.name === name);
      if (unit === undefined || local.shares === undefined) return [];
      const cause = mainShare(local.shares);
      const advice = adviceOn(unit, cause.share, findings, kept);
      return advice === undefined ? [] : [{ unit: name, cause, ...advice }];
    });
}

function adviceOn(
  unit: Unit,
  share: keyof Shares,
  findings: Findings,
  kept: readonly RangeChange[],
): Advice | undefined {
  switch (share) {
    case 'weightRound':
    case 'weightClip':
      return adviceOnWeight(unit, findings);
    case 'activationRound':
    case 'activationClip':
      return adviceOnActivation(unit, share, findings, kept);
    case 'output':
      return adviceOnOutput(unit, findings);
  }
}
