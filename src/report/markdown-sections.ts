import type { Verdict } from '../verdict/combine.ts';
import { change } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { escapeText } from './escape.ts';
import { decidingLoss } from './losses.ts';
import { details } from './markdown.ts';
import { type Detail, renderTargets } from './markdown-model.ts';
import { renderNotes } from './markdown-notes.ts';
import type { ModelReport, Report, TargetReport } from './report-schema.ts';

/** A part of a report that stands for itself. */
export interface ReportSection {
  /** `model/target`; the models alone, joined by `+`, for what concerns all of a report; or `NO_MODEL`. */
  readonly key: string;
  readonly verdict: Verdict;
  /** Markdown, whose first line says the verdict. */
  readonly text: string;
}

/** Key of the section of a report that judged nothing; no model is named so. */
export const NO_MODEL = 'no model';

/**
 * Reports as one section for each model and target, and one for what each report says besides. All together have at
 * most `most` bytes of UTF-8, unless the shortest form has more; detail is left out of all alike.
 */
export function renderSections(reports: readonly Report[], most: number): readonly ReportSection[] {
  const shortest = details.findLast(({ models }) => models > 8)!;
  const tiers = details.slice(0, details.indexOf(shortest) + 1);
  for (const detail of tiers) {
    const sections = reports.flatMap((report) => sectionsOf(report, detail));
    if (sections.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) <= most) return sections;
  }
  return reports.flatMap((report) => sectionsOf(report, shortest));
}

function sectionsOf(report: Report, detail: Detail): ReportSection[] {
  return [
    ...notesOf(report),
    ...report.models.flatMap((model) =>
      model.targets.map((target) => sectionOf(report, model, target, detail)),
    ),
  ];
}

/** The notes of a report, which are all there is of one that judged nothing. */
function notesOf(report: Report): ReportSection[] {
  const { models, verdict, unchanged } = report;
  const names = models.map(({ name }) => name);
  const notes = renderNotes(report);
  if (names.length === 0) {
    const title = unchanged === undefined ? '### No model was judged' : '### No model has changed';
    return [{ key: NO_MODEL, verdict, text: `${title}\n\n${notes}`.trim() }];
  }
  if (notes === '') return [];
  const title = `### ${names.map((name) => escapeText(name)).join(', ')}: notes`;
  return [{ key: names.join('+'), verdict, text: `${title}\n\n${notes}` }];
}

function sectionOf(report: Report, model: ModelReport, target: TargetReport, detail: Detail): ReportSection {
  const title = `### ${escapeText(model.name)} on ${escapeText(target.target)}: ${verdictOf(target)}`;
  const text = renderTargets({ ...model, targets: [target] }, report, detail);
  return {
    key: `${model.name}/${target.target}`,
    verdict: target.verdict,
    text: `${title}\n\n${text}`,
  };
}

function verdictOf(target: TargetReport): string {
  if (target.verdict === 'error') return 'error';
  const { unit, quantized } = target.metric;
  const loss = decidingLoss(target);
  if (loss === 'floor') {
    const side = target.verdict === 'fail' ? 'below' : 'around';
    return `${target.verdict}, ${side} min-accuracy: ${measured(quantized, unit)} of ${measured(target.floor!.value, unit)}`;
  }
  const { by, drop, budget } = loss;
  return `${target.verdict}, ${by} ${change(drop, unit)}${budget === null ? '' : ` of ${change(budget, unit)}`}`;
}
