import { distance } from 'fastest-levenshtein';
import { quote } from '../errors.ts';

/** The nearest of `known` if it is at most two edits and less than half of the word away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .filter((each) => Math.abs(each.length - word.length) <= 2)
    .map((each) => ({ each, edits: distance(word, each) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= 2 && 2 * best.edits < word.length ? best.each : undefined;
}

/** What to write in place of an unknown name, in words: the nearest one, or some of those that there are. */
export function otherNames(unknown: string, known: readonly string[]): string {
  const similar = nearest(unknown, known);
  return similar === undefined
    ? `use names such as ${known.slice(0, 3).map(quote).join(', ')}`
    : `did you mean ${quote(similar)}?`;
}
