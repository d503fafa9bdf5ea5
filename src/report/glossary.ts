/** Where the words are explained, as the default branch of the action's repository has it. */
const GLOSSARY = 'https://github.com/quantgate/quantgate/blob/main/docs/glossary.md';

/** The words that a report links, with the heading of each in docs/glossary.md. */
export const anchors = {
  allowed: 'budget',
  'base and head': 'base-and-head',
  baseline: 'baseline',
  clipping: 'clip-error',
  calibration: 'calibration',
  drop: 'drop',
  'effective bits': 'effective-bits',
  'bits lost': 'bits-lost',
  impact: 'impact',
  inconclusive: 'verdict',
  'integer arithmetic': 'δw-δx-δy',
  interval: 'interval',
  'made by': 'δw-δx-δy',
  'output noise': 'output-noise',
  precision: 'precision',
  range: 'range',
  recipe: 'recipe',
  rounding: 'round-error',
  scale: 'scale',
  SQNR: 'sqnr',
  target: 'target',
} as const;

export type Term = keyof typeof anchors;

/** The term that words of a table or a list begin with: `Effective bits`, `SQNR on probes`; undefined where it is none. */
export function termOf(words: string): Term | undefined {
  const text = words.toLowerCase();
  return (Object.keys(anchors) as Term[]).find((term) => {
    const known = term.toLowerCase();
    return text.startsWith(known) && !/^[a-zΔ]/u.test(text.slice(known.length));
  });
}

/** Where a term is explained. */
export function glossaryUrl(term: Term): string {
  return `${GLOSSARY}#${anchors[term]}`;
}

/** A word as a link to what it means: `[interval](https://…#interval)`. */
export function termLink(term: Term, words: string = term): string {
  return `[${words}](${glossaryUrl(term)})`;
}

const link = new RegExp(String.raw`\[([^\][\n]*)\]\(${GLOSSARY.replaceAll('.', '\\.')}#([^)\s]*)\)`, 'gu');

/** Markdown in which each entry of the glossary is linked where it is said first, and is text after that. */
export function linkedOnce(markdown: string): string {
  const seen = new Set<string>();
  return markdown.replace(link, (whole, words: string, anchor: string) => {
    if (seen.has(anchor)) return words;
    seen.add(anchor);
    return whole;
  });
}
