import type { Verdict } from '../verdict/combine.ts';
import { circumstancesOf } from './circumstances.ts';
import { escapeText } from './escape.ts';
import { isStopped } from './is-stopped.ts';
import { renderNotes, renderRemarks } from './markdown-notes.ts';
import { type Detail, renderTarget } from './markdown-target.ts';
import { whyOf } from './overview-cause.ts';
import type { OverviewPart } from './overview-part.ts';
import { overviewRow } from './overview-row.ts';
import { isApplicable } from './recovery-plan.ts';
import type { ModelReport, Report, TargetReport } from './report-schema.ts';

/** A part of a report that stands for itself. */
export interface ReportSection {
  /** `model/target`; the models alone, joined by `+`, for what concerns all of a report; or `NO_MODEL`. */
  readonly key: string;
  readonly verdict: Verdict;
  /** What is seen at one glance. */
  readonly part: OverviewPart;
  /** The rest, as Markdown whose first line names it; empty where there is none. */
  readonly text: string;
}

/** Key of the section of a report that judged nothing; no model is named so. */
export const NO_MODEL = 'no model';

const all: Detail = { ranges: 50, layers: 10, attempts: 40, suggestions: true, charts: true, reasons: 10 };
const none: Detail = { ranges: 0, layers: 0, attempts: 0, suggestions: false, charts: false, reasons: 0 };

/** How much is shown, tried in turn until it is small enough: ranges go first, then charts, layers and attempts, reasons last. */
const details: readonly Detail[] = [
  all,
  { ...all, ranges: 15 },
  { ...all, ranges: 5 },
  { ...all, ranges: 0 },
  { ...all, ranges: 0, charts: false, layers: 5, attempts: 10 },
  { ...none, suggestions: true, reasons: 10 },
  { ...none, reasons: 1 },
  none,
];

/**
 * Reports as one section for each model and target, and one for what each report says besides. Their texts have together at
 * most `most` bytes of UTF-8, unless the shortest form has more; detail is left out of all alike.
 */
export function renderSections(reports: readonly Report[], most: number): readonly ReportSection[] {
  for (const detail of details) {
    const texts = textsOf(reports, detail, most);
    if (texts !== undefined) return glanceAt(reports, texts);
  }
  return glanceAt(reports, textsOf(reports, none, Number.POSITIVE_INFINITY));
}

/** The sections of reports, without their texts. */
export function glanceAt(reports: readonly Report[], texts: readonly string[] = []): ReportSection[] {
  const left = texts.values();
  return reports.flatMap((report) => [
    ...notesOf(report),
    ...report.models.flatMap((model) =>
      model.targets.map((target) => ({
        key: `${model.name}/${target.target}`,
        verdict: target.verdict,
        part: partOf(report, model, target),
        text: left.next().value ?? '',
      })),
    ),
  ]);
}

/** Of each model and target; undefined where they have more than `most` bytes. */
function textsOf(reports: readonly Report[], detail: Detail, most: number): string[] | undefined {
  const texts: string[] = [];
  let bytes = 0;
  for (const report of reports)
    for (const model of report.models)
      for (const target of model.targets) {
        const text = renderTarget(model, target, detail);
        bytes += Buffer.byteLength(text);
        if (bytes > most) return undefined;
        texts.push(text);
      }
  return texts;
}

/** The notes of a report, which are all there is of one that judged nothing. */
function notesOf(report: Report): ReportSection[] {
  const { models, verdict } = report;
  const [notes, remarks] = [renderNotes(report), renderRemarks(report)];
  if (notes === '' && remarks === '' && models.length > 0) return [];
  const key = models.length === 0 ? NO_MODEL : models.map(({ name }) => name).join('+');
  return [
    {
      key,
      verdict,
      part: { ...common(report), ...(notes && { notes }), ...(remarks && { remarks }) },
      text: '',
    },
  ];
}

function partOf(report: Report, model: ModelReport, target: TargetReport): OverviewPart {
  const isOpen = isStopped(report) && report.accepted === undefined;
  const isKnown = report.models.every(({ modelSha256 }) => modelSha256 !== null);
  const isMended = target.verdict !== 'pass' && isMendedBy(target);
  const cause = whyOf(target);
  const caveats = caveatsOf(model, target);
  const commands = [
    ...(isMended ? (['apply'] as const) : []),
    ...(isOpen && isKnown ? (['accept'] as const) : []),
    ...(target.verdict === 'error' ? (['rerun'] as const) : []),
  ];
  return {
    row: overviewRow(model, target),
    ...(cause && { cause }),
    ...(caveats.length > 0 && { caveats }),
    about: circumstancesOf(model, report),
    ...common(report),
    ...(commands.length > 0 && { commands }),
  };
}

/** What parts of one report have in common. */
function common({ change, accepted }: Report): Pick<OverviewPart, 'judgedBy' | 'isAccepted'> {
  return {
    ...(change && { judgedBy: { commit: change.base, branch: change.branch } }),
    ...(accepted && { isAccepted: true }),
  };
}

function isMendedBy(target: TargetReport): boolean {
  if (target.verdict === 'error' || target.scheme.range === 'file') return false;
  const plan = target.recovery?.plan;
  return (plan && isApplicable(plan)) || (target.suggestion?.changes.length ?? 0) > 0;
}

function caveatsOf({ baseline }: ModelReport, target: TargetReport): string[] {
  const { recovery } = target.verdict === 'error' || target.verdict === 'pass' ? {} : target;
  const isCut = recovery?.isCut && recovery.plan?.standing !== 'keeps';
  return [
    ...(baseline.state === 'no-baseline-yet' ? ['No baseline yet: nothing older was compared.'] : []),
    ...(baseline.state === 'baseline-unavailable'
      ? [`⚠️ Baseline unavailable, so nothing older was compared: ${escapeText(baseline.reason, 400)}.`]
      : []),
    ...(isCut ? ['Time ended before all changes were tried: raise `minutes:` of `recover:`.'] : []),
    ...(recovery?.problem === undefined
      ? []
      : [`No change could be sought: ${escapeText(recovery.problem, 300)}.`]),
  ];
}
