import { printable } from '../../errors.ts';
import { listed } from '../../words/counts.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { failingCauses } from '../failing-causes.ts';
import { floatSentence } from '../float-sentence.ts';
import { fp16Sentence } from '../fp16-sentence.ts';
import { likelyLeadersSentence } from '../likely-sentence.ts';
import type { Report } from '../report-schema.ts';
import { secondsText, timesLines } from '../stage-times.ts';
import { passesAsItIs } from '../to-do.ts';
import { type Fix, fixesOf } from './fixes.ts';
import { type Look, markedSpans, type StyledLine, span, wrapped } from './styled.ts';
import { verdictLooks, verdictTable } from './verdict-table.ts';

/** How a report is shown on a terminal. */
export interface Showing {
  /** Of the terminal, at least 1. */
  readonly columns: number;
  /** Whether all causes, warnings and notes are shown. */
  readonly isVerbose: boolean;
  /** Path of the configuration, as it was given. */
  readonly config: string;
  /** In which the verdict was found. */
  readonly seconds: number;
  /** Whether only a part of the configuration was measured. */
  readonly isPart: boolean;
  /** What to do next; code stands between backticks. */
  readonly next: string;
}

/** Warnings, causes and fixes that are shown; the others are counted. */
const MOST = 3;
/** Longer lines of prose are hard to read. */
const MOST_COLUMNS = 110;
const DEFAULT_CONFIG = 'quantgate.yml';

type Say = (label: string, look: Look | undefined, line: StyledLine) => StyledLine[];

/** The end of a run for a person: the table of verdicts, why targets do not pass, what to paste, and the next step. */
export function shownReport(report: Report, showing: Showing): StyledLine[] {
  const columns = Math.min(showing.columns, MOST_COLUMNS);
  const say: Say = (label, look, line) => wrapped(span(label.padEnd(6), look), line, columns);
  const few = <T>(things: readonly T[], what: string, show: (thing: T) => StyledLine[]) => {
    const shown = showing.isVerbose ? things : things.slice(0, MOST);
    const left = things.length - shown.length;
    const more =
      left > 0 ? say('', undefined, [span(`${left} more ${what}: --verbose shows them`, 'dim')]) : [];
    return [...shown.flatMap(show), ...more];
  };
  const details = [
    ...few(report.warnings, 'warnings', (text) => say('warn', 'yellow', [span(text)])),
    ...few(failingCauses(report), 'causes', ({ of, words }) =>
      say('why', 'red', [span(`${listed(of)}: `, 'bold'), span(words)]),
    ),
    ...few(fixesOf(report), 'fixes', (fix) => fixLines(fix, report, showing, say)),
    ...(showing.isVerbose ? notesOf(report).flatMap((note) => say('note', 'dim', [span(note)])) : []),
    ...(showing.isVerbose ? timesLines(report).flatMap((line) => say('time', 'dim', [span(line)])) : []),
  ];
  const end = [
    ...wrapped(span(''), verdictLine(report, showing), columns),
    ...say('next', 'cyan', markedSpans(showing.next)),
  ];
  const sections = [verdictTable(report, showing.columns), details, end];
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [[], ...lines]);
}

function fixLines(
  { model, target, words, paste, isApplied }: Fix,
  { models }: Report,
  { config }: Showing,
  say: Say,
): StyledLine[] {
  const name = models.length === 1 ? target : `${model} on ${target}`;
  const where = `in place of this target's entry in ${config}:`;
  const other = config === DEFAULT_CONFIG ? [] : ['-c', config];
  const command = shellCommand('run', '--apply', target, ...other);
  return [
    ...say('fix', 'green', [span(`${name}: `, 'bold'), ...markedSpans(words)]),
    ...(paste.length > 0 ? say('', undefined, [span(where, 'dim')]) : []),
    ...paste.map((line): StyledLine => [span(' '.repeat(8)), span(line, 'cyan')]),
    ...(isApplied
      ? say('', undefined, [span(paste.length > 0 ? 'or ' : '', 'dim'), span(command, 'cyan')])
      : []),
  ];
}

/** What is said of targets for those who want to know all. */
function notesOf({ models }: Report): string[] {
  return models.flatMap(({ name, targets }) =>
    targets.flatMap((target) => {
      const sentences =
        target.verdict === 'error'
          ? target.reasons
          : [
              ...target.reasons,
              ...(target.verdict === 'pass' ? [passesAsItIs(target).replaceAll('`', '')] : []),
              floatSentence(target),
              fp16Sentence(target),
              likelyLeadersSentence(target).replaceAll('`', ''),
            ];
      const of = models.length === 1 ? target.target : `${name} on ${target.target}`;
      return sentences.flatMap((text) =>
        text === undefined || text === '' ? [] : [`${of}: ${printable(text)}`],
      );
    }),
  );
}

function verdictLine({ models, verdict }: Report, { seconds, isPart }: Showing): StyledLine {
  const { symbol, look } = verdictLooks[verdict];
  const verdicts = models.flatMap(({ targets }) => targets.map((target) => target.verdict));
  const hit = verdicts.filter((each) => each === verdict).length;
  const share = hit === verdicts.length ? `all ${hit}` : `${hit} of ${verdicts.length}`;
  const where = verdicts.length === 1 ? '' : ` on ${share} targets`;
  return [
    span(`${symbol} ${verdict}`, look),
    span(`${where} in ${secondsText(seconds)}`),
    ...(isPart ? [span(', of a part of the configuration', 'yellow')] : []),
  ];
}
