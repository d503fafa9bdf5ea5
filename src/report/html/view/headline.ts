import type { Verdict } from '../../../verdict/combine.ts';
import { change } from '../../../words/counts.ts';
import { crowdedWords } from '../../crowded-weight.ts';
import { diagnose } from '../../diagnosis.ts';
import { floatSentence } from '../../float-sentence.ts';
import { fp16Sentence } from '../../fp16-sentence.ts';
import { blamesQuantization } from '../../losses.ts';
import { headlineWords } from '../../overview-headline.ts';
import type { Seen } from '../../overview-part.ts';
import { lossKind } from '../../overview-row.ts';
import { realRunSentence } from '../../real-run-sentence.ts';
import type { JudgedTarget, ModelReport, Report } from '../../report-schema.ts';
import { toDo } from '../../to-do.ts';
import { verifiedSentence } from '../../verified-sentence.ts';
import { isWarnedOf } from '../../warned.ts';
import { wholeFailure } from '../../whole-failure.ts';

/** The verdict of a report in one sentence, in the words of the comment. */
export function reportHeadline({ verdict, models, accepted }: Report): string {
  const taken = accepted !== undefined && { isAccepted: true as const };
  const seen = models.flatMap(({ targets }) =>
    targets.map(
      (target): Seen => ({
        verdict: target.verdict,
        part: { row: { ...noRow, by: target.verdict === 'error' ? 'error' : lossKind(target) }, ...taken },
      }),
    ),
  );
  // The page has signs of its own.
  return headlineWords([...seen, { verdict, part: { ...taken } }]).replace(/^[^\p{L}]+/u, '');
}

/** A headline asks rows of a table for nothing but what they speak of. */
const noRow = { model: '', target: '', precision: '', metric: '', level: '', values: '', drop: '', toDo: '' };

/** A target that does not pass: how it stands, and what to do about it. */
export interface OpenTarget {
  readonly model: string;
  /** Undefined where it holds for all targets of the model. */
  readonly target: string | undefined;
  readonly verdict: Verdict;
  readonly what: string;
  /** Code stands between backticks; empty where nothing was measured. */
  readonly todo: string;
}

/** All that does not pass, failures first. */
export function openTargetsOf(report: Report): OpenTarget[] {
  const order: Verdict[] = ['fail', 'error', 'inconclusive'];
  return report.models
    .flatMap((model) => openTargetsOfModel(model, report))
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

function openTargetsOfModel(model: ModelReport, report: Report): OpenTarget[] {
  const { name, targets } = model;
  const whole = wholeFailure(model);
  if (whole !== undefined && targets.length > 1)
    return [{ model: name, target: undefined, verdict: 'error', what: whole, todo: '' }];
  return targets.flatMap((target): OpenTarget[] => {
    const { verdict } = target;
    if (verdict === 'pass') return [];
    const where = { model: name, target: target.target, verdict };
    if (target.verdict === 'error')
      return [{ ...where, what: target.reasons[0] ?? 'nothing was judged', todo: '' }];
    const isSought = target.recovery !== undefined || target.fp16?.inFp32 !== undefined;
    const todo = blamesQuantization(target) || isSought ? toDo(target, isWarnedOf(model, report)) : '';
    return [{ ...where, what: whatOf(target), todo }];
  });
}

function whatOf(target: JudgedTarget): string {
  const [reason] = target.reasons;
  return reason ?? `drop ${change(target.metric.drop, target.metric.unit)}`;
}

/** What else is to be known of a target, beside what decided: reasons, what stays in floating point, what a check found. */
export function notesOf(target: JudgedTarget): string[] {
  const [first, ...others] = target.reasons;
  const { verified, metric, arithmetic } = target;
  return [
    ...(target.verdict === 'pass' && first !== undefined ? [first] : []),
    ...others,
    fp16Sentence(target),
    floatSentence(target),
    realRunSentence(target),
    verified && verifiedSentence(verified, metric.unit),
    arithmetic.assumed === '' ? undefined : `assumed of the chip: ${arithmetic.assumed}`,
  ].filter((note) => note !== undefined);
}

/** What is wrong with a target, in one or two sentences; empty where that is not known. */
export function whatIsWrong(
  target: JudgedTarget,
): { readonly headline: string; readonly layer?: string; readonly words?: string } | undefined {
  const diagnosis = diagnose(target);
  if (diagnosis === undefined) return undefined;
  const { headline, culprit } = diagnosis;
  return culprit === undefined
    ? { headline: `${headline}${crowdedWords(target)}` }
    : { headline, layer: culprit.layer.name, words: culprit.words };
}
