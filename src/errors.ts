/**
 * A mistake in what the user gave us: a file, a key, a value. Its message is one line that says what is
 * wrong, where, and what to do; faces print it without a stack trace and end with exit code 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** What is said of anything that was thrown, on one line: what a user can mend in its own words, the rest as what it is. */
export function failureLine(error: unknown): string {
  const text = messageOf(error);
  return error instanceof UserError
    ? text
    : `unexpected error (${text}): this is a defect of quantgate, please report it`;
}

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
