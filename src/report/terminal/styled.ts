import stringWidth from 'string-width';
import { plainLine } from '../../plain.ts';

export type Look = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** A piece of a line that looks one way. Its text is plain: nothing in it commands a terminal. */
export interface Span {
  readonly text: string;
  readonly look?: Look;
}

export type StyledLine = readonly Span[];

/** Text of anybody as a span. */
export function span(text: string, look?: Look): Span {
  return { text: plainLine(text), ...(look !== undefined && { look }) };
}

/** Text whose parts between backticks are code, which is shown without them. */
export function markedSpans(text: string): Span[] {
  return text.split('`').map((part, i) => span(part, i % 2 === 1 ? 'cyan' : undefined));
}

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/**
 * A line broken at its spaces into lines of at most `columns`; what is longer than a line is cut.
 *
 * @param label in front of the first line; the others are indented as far
 */
export function wrapped(label: Span, line: StyledLine, columns: number): StyledLine[] {
  const indent = textWidth(label.text);
  const room = Math.max(columns - indent, 1);
  const lines: Span[][] = [[]];
  let used = 0;
  for (const word of wordsOf(line).flatMap((each) => cut(each, room))) {
    const width = widthOf(word);
    const space = used > 0 ? 1 : 0;
    if (used + space + width > room) {
      lines.push([...word]);
      used = width;
    } else {
      lines.at(-1)!.push(...(space > 0 ? [{ ...word[0], text: ' ' }] : []), ...word);
      used += space + width;
    }
  }
  return lines.map((each, i) => [i === 0 ? label : { text: ' '.repeat(indent) }, ...merged(each)]);
}

/** Neighbours of one look as one span. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const each of spans) {
    const last = result.at(-1);
    if (last !== undefined && last.look === each.look)
      result[result.length - 1] = { ...last, text: last.text + each.text };
    else result.push(each);
  }
  return result;
}

/** What stands between spaces, each of one look or more. */
function wordsOf(line: StyledLine): Span[][] {
  const words: Span[][] = [[]];
  for (const { text, ...look } of line) {
    for (const [i, part] of text.split(' ').entries()) {
      if (i > 0) words.push([]);
      if (part !== '') words.at(-1)!.push({ text: part, ...look });
    }
  }
  return words.filter((word) => word.length > 0);
}

function widthOf(word: readonly Span[]): number {
  return word.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** A word as pieces that are no wider than `room`. */
function cut(word: readonly Span[], room: number): (readonly Span[])[] {
  if (widthOf(word) <= room) return [word];
  const pieces: Span[][] = [[]];
  let used = 0;
  for (const { text, ...look } of word) {
    for (const { segment } of graphemes.segment(text)) {
      const width = textWidth(segment);
      if (used + width > room && used > 0) {
        pieces.push([]);
        used = 0;
      }
      pieces.at(-1)!.push({ text: segment, ...look });
      used += width;
    }
  }
  return pieces;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
