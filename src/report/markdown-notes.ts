import { combine } from '../verdict/combine.ts';
import { escapeText } from './escape.ts';
import { moreInReport } from './left-out.ts';
import type { Report } from './report-schema.ts';

const MAX_WARNINGS = 20;
const MAX_REASONS = 5;

/** What is to be seen first of a whole report, as paragraphs and lists; '' if there is nothing of the kind. */
export function renderNotes(report: Report): string {
  return joined(acceptedOf(report), unchangedOf(report), doubtsOf(report));
}

/** What concerns a whole report besides; '' if there is nothing of the kind. */
export function renderRemarks(report: Report): string {
  return joined(proposedOf(report), warningsOf(report));
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function acceptedOf({ accepted }: Report): string {
  if (accepted === undefined) return '';
  return `Accepted by **${escapeText(accepted.by)}**: ${escapeText(accepted.reason, 500)}`;
}

function unchangedOf({ unchanged }: Report): string {
  return unchanged === undefined ? '' : `Nothing was measured: ${escapeText(unchanged, 500)}.`;
}

function doubtsOf({ doubts = [] }: Report): string {
  const left = doubts.length - MAX_WARNINGS;
  return [
    ...(doubts.length > 0 ? ['This may not be believed as it is; a maintainer may accept it:', ''] : []),
    ...doubts.slice(0, MAX_WARNINGS).map((doubt) => `- ${escapeText(doubt, 400)}`),
    ...(left > 0 ? [`- ${moreInReport(left, 'reason')}`] : []),
  ].join('\n');
}

function proposedOf({ models, proposed }: Report): string {
  if (proposed === undefined) return '';
  const verdict = combine(models.flatMap(({ targets }) => targets.map((target) => target.verdict)));
  const what = proposed.counts ? 'what models are measured with' : 'the configuration';
  const counts = proposed.counts ? 'the worse of both counts' : 'which counts';
  const first = `The pull request changes ${what}. With its own: **${proposed.verdict}**. With that of the base: **${verdict}**, ${counts}.`;
  const left = proposed.reasons.length - MAX_REASONS;
  return [
    first,
    '',
    ...proposed.reasons.slice(0, MAX_REASONS).map((reason) => `- with its own: ${escapeText(reason, 400)}`),
    ...(left > 0 ? [`- ${moreInReport(left, 'reason')}`] : []),
  ]
    .join('\n')
    .trim();
}

function warningsOf({ warnings }: Report): string {
  const left = warnings.length - MAX_WARNINGS;
  return [
    ...warnings.slice(0, MAX_WARNINGS).map((warning) => `⚠️ ${escapeText(warning, 400)}`),
    ...(left > 0 ? [`${left} more warnings are in report.json`] : []),
  ].join('<br>\n');
}
