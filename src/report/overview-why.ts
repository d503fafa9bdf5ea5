import { count, listed } from '../words/counts.ts';
import { codeBlock, escapeText } from './escape.ts';
import { moreInReport } from './left-out.ts';
import type { Cause, SeenRow } from './overview-part.ts';

type Explained = SeenRow & { readonly cause: Cause };

/** A longer block is folded. */
const MOST_LINES = 14;

/** A paragraph for each distinct cause, with the one thing to paste; at most so many. */
export function renderCauses(
  rows: readonly SeenRow[],
  { causes, blocks }: { readonly causes: number; readonly blocks: boolean },
): string[] {
  const explained = rows.flatMap((row): Explained[] =>
    row.part.cause === undefined ? [] : [{ ...row, cause: row.part.cause }],
  );
  const groups = [...grouped(explained, ({ cause }) => cause.what).values()];
  const shown = groups.slice(0, causes);
  const left = groups.length - shown.length;
  return [
    ...shown.map((group) => paragraphOf(group, rows, blocks)),
    ...(left > 0 && causes > 0 ? [`${moreInReport(left, 'cause')}.`] : []),
  ];
}

function paragraphOf(group: readonly Explained[], rows: readonly SeenRow[], hasBlocks: boolean): string {
  const [{ cause }] = group;
  const isOne = group.every((each) => each.cause.own === cause.own && each.cause.fix === cause.fix);
  const start = `**${placesFirst(targetsNamed(group, rows))}**: ${cause.what}`.trimEnd();
  return [
    ...(isOne ? alone(start, cause) : [start, eachOf(group, rows)]),
    ...(hasBlocks ? blocksOf(group, rows) : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function alone(start: string, { own, fix }: Cause): string[] {
  const why = `${start} ${own}`.trimEnd();
  return start.endsWith(':') && own === '' ? [`${why} ${fix}`] : [why, fix];
}

/** What differs from target to target. */
function eachOf(group: readonly Explained[], rows: readonly SeenRow[]): string {
  const said = group.filter(({ cause: { own, fix } }) => own !== '' || fix !== '');
  const by = grouped(said, ({ cause: { own, fix } }) => `${own} ${fix}`.trim());
  // The model is said already where it is the only one here.
  const within = new Set(group.map(({ part }) => part.row.model)).size === 1 ? group : rows;
  return [...by].map(([text, places]) => `- ${targetsNamed(places, within)}: ${text}`).join('\n');
}

/** What to paste, of all targets together. */
function blocksOf(group: readonly Explained[], rows: readonly SeenRow[]): string[] {
  return (['diff', 'yaml'] as const).flatMap((language) => {
    const of = group.filter(({ cause }) => cause.block?.language === language);
    if (of.length === 0) return [];
    const text = [...grouped(of, ({ part }) => part.row.model)].flatMap(([model, targets]) => [
      headOf(language, model, rows),
      ...new Set(targets.map(({ cause }) => cause.block!.text)),
    ]);
    return [folded(codeBlock(text.join('\n'), language))];
  });
}

/** Where the lines below it belong; no report knows the name of its configuration. */
function headOf(language: 'diff' | 'yaml', model: string, rows: readonly SeenRow[]): string {
  const isOnly = rows.every(({ part }) => part.row.model === model);
  const where = isOnly ? 'targets:' : `${model}, targets:`;
  return language === 'diff' ? `@@ ${where} @@` : `# ${where}`;
}

function folded(block: string): string {
  const lines = block.split('\n').length - 2;
  return lines <= MOST_LINES
    ? block
    : [`<details><summary>${count(lines)} lines to paste</summary>`, block, '</details>'].join('\n\n');
}

/** `kws on snpe and cambricon and faces on all 4 targets`; the model is said where there are several. */
export function targetsNamed(group: readonly SeenRow[], rows: readonly SeenRow[]): string {
  const isOneModel = new Set(rows.map(({ part }) => part.row.model)).size === 1;
  const places = [...grouped(group, ({ part }) => part.row.model)].map(([model, here]) => {
    const all = rows.filter(({ part }) => part.row.model === model).length;
    const targets = here.map(({ part }) => escapeText(part.row.target));
    const on = here.length === all && all > 2 ? `all ${all} targets` : listed(targets);
    return isOneModel ? on : `${escapeText(model)} on ${on}`;
  });
  return places.join('; ');
}

function grouped<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of things) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

/** A sentence that begins with places. */
export function placesFirst(words: string): string {
  return /^all \d/.test(words) ? `A${words.slice(1)}` : words;
}
