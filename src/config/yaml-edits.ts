import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Styled } from './target-changes.ts';

/** Text that replaces what stands from `start` to `end` of a file. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits; of two at one place, the first one ends up behind. */
export function withEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = text.length;
  for (const edit of edits.toSorted((a, b) => b.start - a.start)) {
    parts.push(text.slice(edit.end, at), edit.text);
    at = edit.start;
  }
  return [...parts, text.slice(0, at)].reverse().join('');
}

/** New entries at the end of a map, in the style of the map. */
export function insertion(text: string, map: YAMLMap, entries: readonly Styled[]): Edit {
  const [start, end] = map.range!;
  if (map.flow) {
    const flow = entries.map((each) => each.flow).join(', ');
    return map.items.length === 0
      ? { start, end, text: `{ ${flow} }` }
      : { ...at(endOfLast(map)), text: `, ${flow}` };
  }
  const newline = newlineOf(text);
  const indent = indentOf(text, (map.items[0].key as Scalar).range![0]);
  const block = entries.flatMap((each) => each.block).map((line) => `${indent}${line}`);
  const lineEnd = text.indexOf('\n', Math.max(endOfLast(map) - 1, 0));
  return lineEnd < 0
    ? { ...at(text.length), text: newline + block.join(newline) }
    : { ...at(lineEnd + 1), text: block.join(newline) + newline };
}

/** Another text in place of a value. */
export function replacement(value: Node, text: string): Edit {
  return { start: value.range![0], end: endOf(value), text };
}

/** Other items in place of those of a list, in its style. */
export function replacedItems(text: string, list: YAMLSeq, items: readonly string[]): Edit {
  if (list.flow) return replacement(list, `[${items.join(', ')}]`);
  const indent = indentOf(text, list.range![0]);
  return replacement(list, items.map((item) => `- ${item}`).join(`${newlineOf(text)}${indent}`));
}

/** New items at the end of a list in block style that has some, each of several lines. */
export function addedItems(text: string, list: YAMLSeq, items: readonly (readonly string[])[]): Edit {
  const newline = newlineOf(text);
  const first = list.items[0] as Node;
  const dash = text.lastIndexOf('-', first.range![0] - 1);
  const indent = indentOf(text, dash);
  const lines = items.flatMap((item) => item.map((line, i) => `${indent}${i === 0 ? '- ' : '  '}${line}`));
  const lineEnd = text.indexOf('\n', Math.max(endOf(list) - 1, 0));
  return lineEnd < 0
    ? { ...at(text.length), text: newline + lines.join(newline) }
    : { ...at(lineEnd + 1), text: lines.join(newline) + newline };
}

/** As many spaces as stand between the begin of a line and an offset. */
export function indentOf(text: string, offset: number): string {
  return ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1));
}

export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function at(offset: number) {
  return { start: offset, end: offset };
}

function endOfLast({ items }: YAMLMap): number {
  const { key, value } = items.at(-1) as Pair<Scalar, Scalar | null>;
  return (value ?? key).range![1];
}

/** Where the last scalar of a value ends; a block's own range reaches on over comments and line ends. */
function endOf(value: Node): number {
  const isBlock = (isMap(value) || isSeq(value)) && !value.flow;
  const last = isBlock ? value.items.at(-1) : undefined;
  if (last === undefined) return value.range![1];
  const { key, value: inner } = isMap(value) ? (last as Pair<Node, Node | null>) : { key: null, value: last };
  return endOf((inner ?? key) as Node);
}
