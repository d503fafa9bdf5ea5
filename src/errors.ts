import { plainLine, plainLines } from './plain.ts';

/** Characters of a line of a message. */
const LONGEST_LINE = 2000;

/**
 * A mistake in what the user gave us: a file, a key, a value. Its message is one line that says what is
 * wrong, where, and what to do; faces print it without a stack trace and end with exit code 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  /** @param message may hold text of files: characters that are not seen become spaces, long lines are cut */
  constructor(message: string) {
    super(
      plainLines(message)
        .split('\n')
        .map((line) => shortened(line, LONGEST_LINE))
        .join('\n'),
    );
  }
}

/** The message of anything that was thrown, on one line; a module of the user's own may throw what has no words. */
export function messageOf(error: unknown): string {
  try {
    const text = String(error instanceof Error ? error.message : error);
    return text.replace(/\s*\n\s*/g, ' ').trim();
  } catch {
    return 'something that cannot be shown';
  }
}

/**
 * What is said of anything that was thrown, on one line: what a user can mend in its own words, what the system refused with
 * what to do about it, the rest as what it is.
 */
export function failureLine(error: unknown): string {
  const text = messageOf(error);
  if (error instanceof UserError) return text;
  const refusal = refusalOf(error);
  return refusal === undefined
    ? `unexpected error (${text}): this is a defect of quantgate, please report it`
    : `the system refuses (${messageOf(refusal)}): ${remedies[refusal.code ?? ''] ?? 'check the files and folders that are given, and whether this user may use them'}`;
}

const ROOM = 'make room on the disk';
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EFBIG: ROOM,
  EROFS: 'choose a folder that can be written',
  EACCES: 'let this user read and write there',
  EPERM: 'let this user read and write there',
  EMFILE: 'let a process open more files (ulimit -n)',
  ENFILE: 'let a process open more files (ulimit -n)',
  ENOMEM: 'give it more memory',
};

/** What the system said no to, as the error or what it was caused by. */
function refusalOf(error: unknown): NodeJS.ErrnoException | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++)
    if ('syscall' in each && 'errno' in each) return each as NodeJS.ErrnoException;
  return undefined;
}

const LONGEST = 200;

/** Text of a file on one line of a message: no control or bidirectional characters, at most 200 characters. */
export function printable(text: string): string {
  return shortened(plainLine(text).trim(), LONGEST);
}

function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…`.toWellFormed() : text;
}

/** `printable` text in quotes. */
export function quote(text: string): string {
  return `"${printable(text)}"`;
}
