import type { ChangesByTarget } from '../config/apply-changes.ts';
import type { TargetChanges } from '../config/target-changes.ts';
import { isApplicable, planChanges } from './recovery-plan.ts';
import type { Report, TargetReport } from './report-schema.ts';

/** Whose changes are written: those of the targets of an id, or, if true, of all. */
export type ApplyOption = string | true;

/**
 * What is written into the configuration, each to the target that it was measured on: the plan of its recovery that keeps
 * the budgets or may, else the suggested ranges. A model that is quantized already takes nothing: its own grids are judged.
 */
export function applicable({ models }: Pick<Report, 'models'>, apply: ApplyOption): ChangesByTarget {
  const changed = models.map(({ name, targets }) => {
    const chosen = targets.filter(({ target }) => apply === true || target === apply);
    return [name, new Map(chosen.flatMap(changesOf))] as const;
  });
  return new Map(changed.filter(([, targets]) => targets.size > 0));
}

function changesOf(target: TargetReport): (readonly [target: string, changes: TargetChanges])[] {
  if (target.verdict === 'error' || target.scheme.range === 'file') return [];
  const plan = target.recovery?.plan;
  if (plan && isApplicable(plan)) return [[target.target, planChanges(plan)]];
  const pins = target.suggestion?.changes ?? [];
  return pins.length === 0 ? [] : [[target.target, { pins }]];
}
