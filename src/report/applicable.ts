import type { PinsByTarget } from '../config/apply-ranges.ts';
import type { Pin } from '../config/pins.ts';
import type { Report, TargetReport } from './report-schema.ts';

/** Whose suggestions are written: those of the targets of an id, or, if true, of all. */
export type ApplyOption = string | true;

/**
 * The suggested ranges, to be pinned on the target that each was measured on. A model that is quantized already takes
 * none: its own grids are judged.
 */
export function applicable({ models }: Pick<Report, 'models'>, apply: ApplyOption): PinsByTarget {
  const pinned = models.map(({ name, targets }) => {
    const chosen = targets.filter(({ target }) => apply === true || target === apply);
    const pins = chosen.map((target) => [target.target, changesOf(target)] as const);
    return [name, new Map(pins.filter(([, each]) => each.length > 0))] as const;
  });
  return new Map(pinned.filter(([, targets]) => targets.size > 0));
}

function changesOf(target: TargetReport): readonly Pin[] {
  if (target.verdict === 'error' || target.scheme.range === 'file') return [];
  return target.suggestion?.changes ?? [];
}

/** How many ranges those are. */
export function pinCount(pins: PinsByTarget): number {
  return [...pins.values()].flatMap((targets) => [...targets.values()]).flat().length;
}
