import { type Command, writeCommand } from '../github/command.ts';
import type { Frame, Section } from '../github/comment-body.ts';
import { escapeCode, escapeText } from '../report/escape.ts';
import { fold, MOST_AT_A_GLANCE } from '../report/markdown.ts';
import { renderAbout, renderOverview } from '../report/overview.ts';
import { type OverviewPart, readPart, type Seen } from '../report/overview-part.ts';

/** The run that judged, and what. */
export interface JudgedIn {
  readonly head: string;
  readonly run: { readonly id: number; readonly url: string };
}

/** What stands around the sections of a comment, whichever jobs wrote them. */
export function frameOf(sections: readonly Section[], judged: JudgedIn): Frame {
  const seen = seenOf(sections);
  const hasTexts = sections.some(({ text }) => text !== '');
  return {
    before: [
      renderOverview(seen, MOST_AT_A_GLANCE),
      ...(hasTexts ? [fold.before, renderAbout(seen)] : []),
    ].join('\n\n'),
    after: [...(hasTexts ? [fold.after] : []), footerOf(seen, judged)].join('\n\n'),
  };
}

export function seenOf(sections: readonly Pick<Section, 'verdict' | 'said'>[]): Seen[] {
  return sections.map(({ verdict, said }) => ({ verdict, part: readPart(said) }));
}

/** One line: what was judged by what, where files lie, and what can be asked for now. */
export function footerOf(seen: readonly Seen[], { head, run }: JudgedIn): string {
  const parts = seen.flatMap(({ part }) => (part === undefined ? [] : [part]));
  const repository = run.url.replace(/\/actions\/runs\/.*$/, '');
  const commit = (sha: string) => `[<code>${sha.slice(0, 7)}</code>](${repository}/commit/${sha})`;
  const base = unique(
    parts.flatMap(({ judgedBy }) =>
      judgedBy === undefined ? [] : [`${commit(judgedBy.commit)} of ${escapeCode(judgedBy.branch, 100)}`],
    ),
  );
  const reports = unique(
    parts.flatMap(({ report }) => (report === undefined ? [] : [`${run.url}/artifacts/${report}`])),
  );
  const commands = commandsOf(parts, head);
  return `<sub>${[
    `Judged ${commit(head)}${base.length === 0 ? '' : ` against ${base.join(', ')}`} in [this run](${run.url})`,
    ...reports.slice(0, 3).map((url) => `[report.html](${url})`),
    ...filesOf(parts, run.url),
    ...(commands.length === 0
      ? []
      : [`Comment ${commands.map((each) => escapeCode(writeCommand(each))).join(' or ')}`]),
  ].join(' · ')}</sub>`;
}

const MOST_LINKS = 16;

/** The artifact of each chip, by model. */
function filesOf(parts: readonly OverviewPart[], runUrl: string): string[] {
  const links = (kind: 'chip' | 'recovered') => {
    const by = new Map<string, string[]>();
    for (const { row, [kind]: artifact } of parts)
      if (row !== undefined && artifact !== undefined)
        by.set(row.model, [
          ...(by.get(row.model) ?? []),
          `[${escapeText(row.target)}](${runUrl}/artifacts/${artifact})`,
        ]);
    const all = [...by.values()].flat().length;
    if (all === 0) return '';
    if (all > MOST_LINKS) return `[${all} artifacts](${runUrl}#artifacts)`;
    return [...by]
      .map(([model, targets]) => `${by.size === 1 ? '' : `${escapeText(model)} `}${targets.join(', ')}`)
      .join('; ');
  };
  const [chips, recovered] = [links('chip'), links('recovered')];
  return [
    ...(chips === '' ? [] : [`Files for the chips: ${chips}`]),
    ...(recovered === '' ? [] : [`Repaired models: ${recovered}`]),
  ];
}

function commandsOf(parts: readonly OverviewPart[], head: string): Command[] {
  const asked = new Set(parts.flatMap(({ commands = [] }) => commands));
  const all: Readonly<Record<NonNullable<OverviewPart['commands']>[number], Command>> = {
    apply: { kind: 'apply' },
    rerun: { kind: 'rerun' },
    accept: { kind: 'accept', sha: head, reason: '<reason>' },
  };
  return (['apply', 'rerun', 'accept'] as const).filter((kind) => asked.has(kind)).map((kind) => all[kind]);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
