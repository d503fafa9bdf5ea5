import { blamesQuantization } from '../losses.ts';
import { isApplicable, planChanges } from '../recovery-plan.ts';
import type { JudgedTarget, Report } from '../report-schema.ts';
import { entriesOf, targetItem } from '../target-item.ts';
import { toDo } from '../to-do.ts';
import { isWarnedOf } from '../warned.ts';

/** What to do about a target that does not pass. */
export interface Fix {
  readonly model: string;
  readonly target: string;
  /** In one sentence or more, as measured; code stands between backticks. */
  readonly words: string;
  /** Lines of YAML to paste in place of the target's entry; empty where the fix is no change of it, or too long to paste. */
  readonly paste: readonly string[];
  /** Whether `--apply` writes it. */
  readonly isApplied: boolean;
}

/** Layers and ranges of a block to paste: what is longer is written by `--apply`, or stands in the report. */
const MOST_ENTRIES = 6;

/** What to do about each target that does not pass, where something is known to do, in the order of the report. */
export function fixesOf(report: Pick<Report, 'models' | 'warnings'>): Fix[] {
  return report.models.flatMap((model) => {
    const isWarned = isWarnedOf(model, report);
    return model.targets.flatMap((target) => {
      if (target.verdict === 'error' || target.verdict === 'pass' || !isOpen(target)) return [];
      const words = toDo(target, isWarned);
      return words === '' ? [] : [{ model: model.name, target: target.target, words, ...pasteOf(target) }];
    });
  });
}

/** Whether something was sought, or is to be, for a target that does not pass. */
function isOpen(target: JudgedTarget): boolean {
  return blamesQuantization(target) || target.recovery !== undefined || target.fp16?.inFp32 !== undefined;
}

function pasteOf(target: JudgedTarget): Pick<Fix, 'paste' | 'isApplied'> {
  const plan = target.recovery?.plan;
  if (!plan || !isApplicable(plan)) return { paste: [], isApplied: false };
  const changes = planChanges(plan);
  const isShort = entriesOf(target, changes) <= MOST_ENTRIES;
  return { paste: isShort ? targetItem(target, changes).split('\n') : [], isApplied: true };
}
