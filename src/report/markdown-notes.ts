import { combine } from '../verdict/combine.ts';
import { escapeText } from './escape.ts';
import type { Report } from './report-schema.ts';

const MAX_WARNINGS = 20;
const MAX_REASONS = 5;

/** What concerns a whole report, as paragraphs and lists; '' if there is nothing of the kind. */
export function renderNotes(report: Report): string {
  return [acceptedOf(report), unchangedOf(report), doubtsOf(report), proposedOf(report), warningsOf(report)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function acceptedOf({ accepted }: Report): string {
  if (accepted === undefined) return '';
  return `Accepted by ${escapeText(accepted.by)}: ${escapeText(accepted.reason, 500)}`;
}

function unchangedOf({ unchanged }: Report): string {
  return unchanged === undefined ? '' : `Nothing was measured: ${escapeText(unchanged, 500)}.`;
}

function doubtsOf({ doubts = [] }: Report): string {
  const left = doubts.length - MAX_WARNINGS;
  return [
    ...(doubts.length > 0 ? ['To be looked at by a maintainer, who may accept it:', ''] : []),
    ...doubts.slice(0, MAX_WARNINGS).map((doubt) => `- ${escapeText(doubt, 400)}`),
    ...(left > 0 ? [`- ${left} more reasons are in report.json`] : []),
  ].join('\n');
}

function proposedOf({ models, proposed }: Report): string {
  if (proposed === undefined) return '';
  const verdict = combine(models.flatMap(({ targets }) => targets.map((target) => target.verdict)));
  const judged = `judged by that of the base: **${verdict}**`;
  const what = proposed.counts ? 'what it is measured with' : 'the configuration';
  const counts = proposed.counts ? ' The worse counts.' : '';
  const first = `The pull request changes ${what}. With its own: **${proposed.verdict}**; ${judged}.${counts}`;
  const left = proposed.reasons.length - MAX_REASONS;
  return [
    first,
    '',
    ...proposed.reasons.slice(0, MAX_REASONS).map((reason) => `- With its own: ${escapeText(reason, 400)}`),
    ...(left > 0 ? [`- ${left} more reasons are in report.json`] : []),
  ]
    .join('\n')
    .trim();
}

function warningsOf({ warnings }: Report): string {
  const left = warnings.length - MAX_WARNINGS;
  return [
    ...warnings.slice(0, MAX_WARNINGS).map((warning) => `- Warning: ${escapeText(warning, 400)}`),
    ...(left > 0 ? [`- ${left} more warnings are in report.json`] : []),
  ].join('\n');
}
