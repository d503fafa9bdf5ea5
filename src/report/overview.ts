import { markdownTable } from 'markdown-table';
import { worstFirst } from '../verdict/combine.ts';
import { count } from '../words/counts.ts';
import { escapeText } from './escape.ts';
import { linkedOnce, termLink } from './glossary.ts';
import { moreInReport } from './left-out.ts';
import { headlineWords, signs } from './overview-headline.ts';
import type { OverviewPart, OverviewRow, Seen, SeenRow } from './overview-part.ts';
import { placesFirst, renderCauses, targetsNamed } from './overview-why.ts';

/** How much is shown, tried in turn until it is small enough. */
const tiers = [
  { rows: 256, causes: 64, blocks: true },
  { rows: 128, causes: 32, blocks: true },
  { rows: 64, causes: 16, blocks: false },
  { rows: 16, causes: 2, blocks: false },
  { rows: 0, causes: 0, blocks: false },
] as const;

type Tier = (typeof tiers)[number];

/** Where there are more, those that pass are folded. */
const MOST_OPEN_ROWS = 12;

/**
 * What is to be seen at one glance, whoever wrote the parts of it: the verdict, all models on all targets, what concerns all
 * of them, and why they do not pass. At most `most` bytes of UTF-8, unless the shortest form has more.
 */
export function renderOverview(seen: readonly Seen[], most: number): string {
  const sorted = seen.toSorted((a, b) => worstFirst.indexOf(a.verdict) - worstFirst.indexOf(b.verdict));
  const texts = tiers.map((tier) => () => render(sorted, tier));
  for (const text of texts) {
    const rendered = text();
    if (Buffer.byteLength(rendered) <= most) return rendered;
  }
  return `## ${headlineWords(sorted)}`;
}

function render(seen: readonly Seen[], tier: Tier): string {
  const rows = seen.filter((each): each is SeenRow => each.part?.row !== undefined);
  const parts = [
    `## ${headlineWords(seen)}`,
    ...onceOf(seen, ({ notes }) => notes),
    ...tablesOf(rows, tier.rows),
    ...renderCauses(rows, tier),
    ...caveatsOf(rows),
    ...onceOf(seen, ({ remarks }) => remarks),
  ];
  return linkedOnce(parts.filter((part) => part !== '').join('\n\n'));
}

function onceOf(seen: readonly Seen[], say: (part: OverviewPart) => string | undefined): string[] {
  return [...new Set(seen.flatMap(({ part }) => (part && say(part)) ?? []))];
}

function tablesOf(rows: readonly SeenRow[], most: number): string[] {
  if (rows.length === 0) return [];
  const isFolded = rows.length > MOST_OPEN_ROWS;
  const open = isFolded ? rows.filter(({ verdict }) => verdict !== 'pass') : rows;
  const folded = isFolded ? rows.filter(({ verdict }) => verdict === 'pass') : [];
  const shown = open.slice(0, most);
  return [
    shown.length === 0 ? '' : tableOf(shown, rows),
    leftOut(open.length - shown.length, ''),
    folded.length === 0 ? '' : foldedTable(folded, rows, Math.max(0, most - shown.length)),
  ];
}

function leftOut(left: number, what: string): string {
  return left > 0 ? `${moreInReport(left, 'target', what)}.` : '';
}

/** Those that pass, in one line that can be opened. */
function foldedTable(folded: readonly SeenRow[], rows: readonly SeenRow[], most: number): string {
  const shown = folded.slice(0, most);
  const whole = [...new Set(folded.map(({ part }) => part.row.model))].filter((model) =>
    rows.every(({ verdict, part }) => part.row.model !== model || verdict === 'pass'),
  );
  const models =
    whole.length === 0
      ? ''
      : `, ${whole.length === 1 ? '1 model' : `${count(whole.length)} models`} on all of theirs`;
  const summary = `✅ ${folded.length === 1 ? '1 target passes' : `${count(folded.length)} targets pass`}${models}`;
  if (shown.length === 0) return summary;
  return [
    `<details><summary>${summary}</summary>`,
    tableOf(shown, rows),
    leftOut(folded.length - shown.length, ' that pass'),
    '</details>',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

interface Column {
  readonly title: string;
  readonly cell: (seen: SeenRow) => string;
}

/** @param all decide what all have in common, which is said once */
function tableOf(shown: readonly SeenRow[], all: readonly SeenRow[]): string {
  const columns = columnsOf(all.map(({ part }) => part.row)).filter(
    ({ title, cell }) => title !== TO_DO || shown.some((each) => cell(each) !== ''),
  );
  return markdownTable(
    [columns.map(({ title }) => title), ...shown.map((each) => columns.map(({ cell }) => cell(each)))],
    { alignDelimiters: false, padding: false },
  );
}

const TO_DO = 'What to do';

function columnsOf(rows: readonly OverviewRow[]): Column[] {
  const judged = rows.filter(({ precision }) => precision !== '');
  const only = (values: readonly string[]) => (new Set(values).size === 1 ? values[0] : undefined);
  const precision = only(judged.map((row) => row.precision));
  const metric = only(judged.map((row) => row.metric));
  const level = only(judged.map((row) => row.level));
  const isOneModel = only(rows.map(({ model }) => model)) !== undefined;
  const target = ({ verdict, part: { row } }: SeenRow) => {
    const strong = verdict === 'pass' ? '' : '**';
    const named = isOneModel
      ? `${strong}${escapeText(row.target)}${strong}`
      : `${strong}${escapeText(row.model)}${strong}<br>${escapeText(row.target)}`;
    const own = precision === undefined && row.precision !== '' ? ` ${escapeText(row.precision)}` : '';
    return `${signs[verdict]} ${named}${own}`;
  };
  const values = ({ part: { row } }: SeenRow) =>
    metric === undefined && row.metric !== '' ? `${row.metric} ${row.values}` : row.values;
  return [
    { title: 'Target', cell: target },
    {
      title: `${metric === undefined ? '' : `${metric}: `}FP32 → ${escapeText(precision ?? 'target')}`,
      cell: values,
    },
    {
      title: `${termLink('drop', 'Drop')} of ${termLink('allowed')}<br>[${termLink('interval', `${level === undefined ? '' : `${level} `}interval`)}]`,
      cell: ({ part: { row } }) =>
        level === undefined && row.level !== '' ? `${row.drop} at ${row.level}` : row.drop,
    },
    { title: TO_DO, cell: ({ part: { row } }) => row.toDo },
  ];
}

/** What holds of each model, as lines for what is folded. */
export function renderAbout(seen: readonly Seen[]): string {
  const lines = seen.flatMap(({ part }) =>
    part?.row === undefined || !part.about ? [] : [`- ${escapeText(part.row.model)}: ${part.about}`],
  );
  return [...new Set(lines)].join('\n');
}

/** What holds of targets besides, said once of all that have it. */
function caveatsOf(rows: readonly SeenRow[]): string[] {
  const texts = [...new Set(rows.flatMap(({ part }) => part.caveats ?? []))];
  return texts.map((text) => {
    const having = rows.filter(({ part }) => part.caveats?.includes(text));
    return having.length === rows.length ? text : `${placesFirst(targetsNamed(having, rows))}: ${text}`;
  });
}
