import type { Verdict } from '../verdict/combine.ts';
import { escapeText } from './escape.ts';
import { type Detail, renderModel } from './markdown-model.ts';
import { renderNotes } from './markdown-notes.ts';
import type { ModelReport, Report } from './report-schema.ts';

/** Below what comments, check runs and step summaries of GitHub all take. */
const MAX_BYTES = 60_000;

const all: Detail = {
  ranges: 50,
  layers: 10,
  attempts: 40,
  suggestions: true,
  charts: true,
  reasons: 10,
  models: 64,
};
const none: Detail = {
  ranges: 0,
  layers: 0,
  attempts: 0,
  suggestions: false,
  charts: false,
  reasons: 0,
  models: 0,
};

/** How much is shown, tried in turn until the report is small enough: ranges go first, then charts, layers and attempts, reasons and models last. */
export const details: readonly Detail[] = [
  all,
  { ...all, ranges: 15 },
  { ...all, ranges: 5 },
  { ...all, ranges: 0 },
  { ...all, ranges: 0, charts: false, layers: 5, attempts: 10 },
  { ...none, suggestions: true, reasons: 10, models: 64 },
  { ...none, reasons: 1, models: 64 },
  { ...none, models: 8 },
  none,
];

/**
 * `report.md`: the report in GitHub Markdown, at most 60,000 bytes of UTF-8. But for the age of a baseline, in days, it
 * holds nothing that differs between two runs on the same input, and all text of models and data is shown as text.
 */
export function renderMarkdown(report: Report): string {
  for (const detail of details) {
    const text = render(report, detail);
    if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  }
  return `${headline(report)}\n\nThe details are in report.json.\n`;
}

function render(report: Report, detail: Detail): string {
  const passes = (model: ModelReport) => model.targets.every(({ verdict }) => verdict === 'pass');
  const models = [...report.models.filter((model) => !passes(model)), ...report.models.filter(passes)];
  const left = models.length - detail.models;
  const parts = [
    headline(report),
    renderNotes(report),
    ...models.slice(0, detail.models).map((model) => renderModel(model, report, detail)),
    left > 0 ? `${left} more models are in report.json.` : '',
    `<sub>quantgate ${escapeText(report.tool.version)}</sub>`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const words: Record<Verdict, string> = {
  pass: 'Pass: within the budget',
  fail: 'Fail: above the budget',
  inconclusive: 'Inconclusive: the samples do not decide',
  error: 'Error: nothing could be judged',
};

function headline({ verdict, models, unchanged }: Report): string {
  if (unchanged !== undefined && models.length === 0) return '## Pass: no model has changed';
  const verdicts = models.flatMap((model) => model.targets.map((target) => target.verdict));
  return renderHeadline(verdict, verdicts);
}

/** The heading that says a verdict, and on how many of the targets with these verdicts it is so. */
export function renderHeadline(verdict: Verdict, verdicts: readonly Verdict[]): string {
  const hit = verdicts.filter((each) => each === verdict).length;
  if (verdict === 'inconclusive' && hit === 0) return '## Inconclusive: it may not be believed as it is';
  const share = hit === verdicts.length ? `all ${hit}` : `${hit} of ${verdicts.length}`;
  const where = verdicts.length > 1 && hit > 0 ? ` on ${share} targets` : '';
  return `## ${words[verdict]}${where}`;
}
