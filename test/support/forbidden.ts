/** What must reach nobody: control characters but line ends, format and bidirectional ones, line separators. */
const FORBIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Each forbidden character of a text with what stands around it. */
export function forbiddenIn(text: string): string[] {
  return [...text.matchAll(FORBIDDEN)].map(
    ({ 0: found, index }) =>
      `U+${found.codePointAt(0)!.toString(16).padStart(4, '0')} in ${JSON.stringify(text.slice(Math.max(0, index - 40), index + 40))}`,
  );
}
