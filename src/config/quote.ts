const LONGEST = 200;

/** Text of a file on one line of a message: no control or bidirectional characters, at most 200 characters. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}

/** `printable` text in quotes. */
export function quote(text: string): string {
  return `"${printable(text)}"`;
}
