import { worstFirst } from '../verdict/combine.ts';
import { escapeText } from './escape.ts';
import { glanceAt, renderSections } from './markdown-sections.ts';
import { renderAbout, renderOverview } from './overview.ts';
import type { Report } from './report-schema.ts';

/** Below what comments, check runs and step summaries of GitHub all take. */
const MAX_BYTES = 60_000;
/** Bytes of what is seen at one glance. */
export const MOST_AT_A_GLANCE = 24_000;

/** Lines around all that is not seen at one glance. */
export const fold = {
  before: '<details><summary>Everything that was measured, by target</summary>',
  after: '</details>',
} as const;

/**
 * `report.md`: the report in GitHub Markdown, at most 60,000 bytes of UTF-8. But for the age of a baseline, in days, it
 * holds nothing that differs between two runs on the same input, and all text of models and data is shown as text.
 */
export function renderMarkdown(report: Report): string {
  const seen = glanceAt([report]);
  const overview = renderOverview(seen, MOST_AT_A_GLANCE);
  const footer = `<sub>quantgate ${escapeText(report.tool.version)}</sub>`;
  const most = [overview, renderAbout(seen), footer].reduce(
    (left, text) => left - Buffer.byteLength(text),
    MAX_BYTES - 200,
  );
  const texts = renderSections([report], most - 2 * targetsOf(report))
    .toSorted((a, b) => worstFirst.indexOf(a.verdict) - worstFirst.indexOf(b.verdict))
    .map(({ text }) => text)
    .filter((text) => text !== '');
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
  const folded =
    bytes > most
      ? ['The details are in report.json.']
      : texts.length > 0
        ? [fold.before, renderAbout(seen), ...texts, fold.after]
        : [];
  return `${[overview, ...folded, footer].join('\n\n')}\n`;
}

function targetsOf({ models }: Report): number {
  return models.reduce((sum, { targets }) => sum + targets.length, 0);
}
