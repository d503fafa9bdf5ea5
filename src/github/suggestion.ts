import { codeBlock, escapeCode } from '../report/escape.ts';
import type { TextChange } from './commit-file.ts';

const CONTEXT = 3;

/**
 * A change of a file as Markdown for people to apply themselves, where a token may not push: the branch of a fork. It
 * shows what differs between the first and the last line that changed, with three lines around.
 */
export function renderSuggestion({ path, before, after }: TextChange): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const start = Math.max(head - CONTEXT, 0);
  const diff = [
    ...old.slice(start, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old
      .slice(old.length - tail)
      .slice(0, CONTEXT)
      .map((line) => ` ${line}`),
  ].join('\n');
  return `In ${escapeCode(path, 200)}, from line ${start + 1}:\n\n${codeBlock(diff, 'diff')}\n`;
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split(/\r\n|\r|\n/);
}
