import { printable } from '../errors.ts';
import { outlook } from '../verdict/verdict.ts';
import { capital } from '../words/capital.ts';
import { change } from '../words/counts.ts';
import { fp16ToDo } from './fp16-sentence.ts';
import { noPlan } from './no-plan.ts';
import { bestRanges } from './other-ranges.ts';
import { type PlanReport, planSentence, planWords } from './recovery-plan.ts';
import type { JudgedTarget } from './report-schema.ts';

const OUT_OF_TIME =
  'Time ended before all was tried: raise `minutes:` of `recover:`, as what is tried in the time depends on the machine.';

/**
 * What to do about a target, measured on the evaluation samples: float32 where FP16 is to blame, the plan of its recovery,
 * or that nothing helps; where no recovery was tried, other ranges that do. Code stands between backticks; empty if nothing was measured.
 *
 * @param isWarned whether the report warns of the model or its data, which comes first where little helps
 */
export function toDo(target: JudgedTarget, isWarned = false): string {
  const inFp32 = fp16ToDo(target);
  // What mends it alone is enough; what only helps comes before the rest.
  if (inFp32 !== '' && target.fp16?.inFp32?.verdict === 'pass') return inFp32;
  return sentences(inFp32, integerToDo(target, isWarned));
}

/** What to do about the integers of a target. */
function integerToDo(target: JudgedTarget, isWarned: boolean): string {
  const { recovery } = target;
  if (recovery === undefined) return bestRanges(target)?.words ?? '';
  const { plan, problem, isCut } = recovery;
  if (problem !== undefined)
    return sentences(bestRanges(target)?.words ?? '', `No change could be sought: ${printable(problem)}.`);
  const cut = isCut ? OUT_OF_TIME : '';
  const warned = isWarned ? 'See to the warnings of this model first.' : '';
  if (plan === null)
    return isOpenWithin(target)
      ? sentences(moreSamples(target), `${capital(noPlan(target))}.`, cut)
      : sentences(target.verdict === 'fail' ? warned : '', `${capital(noPlan(target))}.`, cut);
  return isFar(target, plan)
    ? sentences(
        warned,
        `Nothing that was tried wins back half of the drop of ${change(target.metric.drop, target.metric.unit)}.`,
        planSentence(target, plan),
        cut,
      )
    : sentences(planSentence(target, plan), cut);
}

/** What a recovery that was sought all the same came to on a target that passes, in one sentence; empty without one. */
export function passesAsItIs(target: JudgedTarget): string {
  const { recovery } = target;
  if (recovery === undefined) return '';
  const { plan, problem } = recovery;
  if (problem !== undefined) return `passes as it is, and no change could be sought: ${printable(problem)}`;
  return plan === null
    ? `passes as it is, and ${noPlan(target)}`
    : `passes as it is; to gain more, ${planWords(target, plan)}`;
}

/** Whether the drop is within the budget and too few samples show it. */
function isOpenWithin({ verdict, metric }: JudgedTarget): boolean {
  const { budget, drop } = metric;
  return verdict === 'inconclusive' && metric.verdict === 'inconclusive' && budget !== null && drop <= budget;
}

function moreSamples({ metric: { samplesToDecide } }: JudgedTarget): string {
  const words = outlook(samplesToDecide);
  return words === outlook(null) ? `${capital(words)}.` : `Evaluate more samples: ${words}.`;
}

function isFar({ metric: { drop } }: JudgedTarget, { standing, measured: after }: PlanReport): boolean {
  return standing === 'misses' && drop > 0 && after.drop > drop / 2;
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
