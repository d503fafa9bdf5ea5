import type { Verdict } from '../gate/combine.ts';
import { escapeText } from './escape.ts';
import { type Detail, renderModel } from './markdown-model.ts';
import type { ModelReport, Report } from './schema.ts';

/** Below what comments, check runs and step summaries of GitHub all take. */
const MAX_BYTES = 60_000;
const MOST_WARNINGS = 20;

const all: Detail = { ranges: 50, layers: 10, suggestions: true, charts: true, reasons: 10, models: 64 };
const none: Detail = { ranges: 0, layers: 0, suggestions: false, charts: false, reasons: 0, models: 0 };

/** Tried in turn until the report is small enough: ranges go first, then charts and layers, reasons and models last. */
const details: readonly Detail[] = [
  all,
  { ...all, ranges: 15 },
  { ...all, ranges: 5 },
  { ...all, ranges: 0 },
  { ...all, ranges: 0, charts: false, layers: 5 },
  { ...none, suggestions: true, reasons: 10, models: 64 },
  { ...none, reasons: 1, models: 64 },
  { ...none, models: 8 },
  none,
];

/**
 * `report.md`: the report in GitHub Markdown, at most 60,000 bytes of UTF-8. It holds nothing that differs between two
 * runs on the same input, and all text of models and data is shown as text.
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
    warningsOf(report.warnings),
    ...models.slice(0, detail.models).map((model) => renderModel(model, report.provider, detail)),
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

function headline({ verdict, models }: Report): string {
  const verdicts = models.flatMap((model) => model.targets.map((target) => target.verdict));
  const hit = verdicts.filter((each) => each === verdict).length;
  const share = hit === verdicts.length ? `all ${hit}` : `${hit} of ${verdicts.length}`;
  const where = verdicts.length > 1 ? ` on ${share} targets` : '';
  return `## ${words[verdict]}${where}`;
}

function warningsOf(warnings: readonly string[]): string {
  const left = warnings.length - MOST_WARNINGS;
  return [
    ...warnings.slice(0, MOST_WARNINGS).map((warning) => `- Warning: ${escapeText(warning, 400)}`),
    ...(left > 0 ? [`- ${left} more warnings are in report.json`] : []),
  ].join('\n');
}
