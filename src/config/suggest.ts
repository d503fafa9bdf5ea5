/** The nearest of `known` if it is at most two edits and less than half of the word away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .filter((each) => Math.abs(each.length - word.length) <= 2)
    .map((each) => ({ each, distance: editDistance(word, each) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 2 && 2 * best.distance < word.length ? best.each : undefined;
}

/** Levenshtein distance: insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    }
    row = next;
  }
  return row[b.length];
}
