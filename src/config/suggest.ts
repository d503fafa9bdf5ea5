import { distance } from 'fastest-levenshtein';

/** The nearest of `known` if it is at most two edits and less than half of the word away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .filter((each) => Math.abs(each.length - word.length) <= 2)
    .map((each) => ({ each, edits: distance(word, each) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= 2 && 2 * best.edits < word.length ? best.each : undefined;
}
