import { count } from '../words/counts.ts';
import { escapeCode } from './escape.ts';

const MAX_FILES = 4;

/** Names of files, the first few of them. */
export function filesText(files: readonly string[]): string {
  const shown = files.slice(0, MAX_FILES).map((file) => escapeCode(file, 200));
  const left = files.length - shown.length;
  const more = left === 1 ? ' and 1 more file' : ` and ${count(left)} more files`;
  return `${shown.join(', ')}${left > 0 ? more : ''}`;
}
