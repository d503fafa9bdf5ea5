import type { TargetChanges } from '../config/target-changes.ts';
import { MOST_ENTRIES } from './markdown-paste.ts';
import { type ConfiguredTarget, entriesOf, targetItem } from './target-item.ts';

/** More new lines are read as a whole, not as what is new. */
const MOST_NEW = 8;

/** Lines of quantgate.yml, below `targets:` of a model. */
export interface Block {
  readonly language: 'diff' | 'yaml';
  readonly text: string;
}

/**
 * What a target's entry in `targets:` of quantgate.yml becomes: as a diff, or, where much is new, as the whole entry. Undefined
 * where it is too long to be pasted.
 *
 * @param float the type of what is not integer, where that is to change
 */
export function changeBlock(
  target: ConfiguredTarget,
  changes: TargetChanges,
  float?: ConfiguredTarget['scheme']['float'],
): Block | undefined {
  if (entriesOf(target, changes) > MOST_ENTRIES) return undefined;
  const after =
    float === undefined
      ? target
      : { ...target, target: `${target.target}-${float}`, scheme: { ...target.scheme, float } };
  const [old, now] = [linesOf(targetItem(target, { pins: [] })), linesOf(targetItem(after, changes))];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const added = now.slice(head, now.length - tail);
  if (added.length > MOST_NEW) return { language: 'yaml', text: now.join('\n') };
  const lines = [
    // A chip without options is mostly written as its name alone.
    ...(old.length === 1 && head === 1
      ? [`- - ${target.chip}`, `+ ${old[0]}`]
      : old.slice(0, head).map((line) => `  ${line}`)),
    ...old.slice(head, old.length - tail).map((line) => `- ${line}`),
    ...added.map((line) => `+ ${line}`),
    ...old.slice(old.length - tail).map((line) => `  ${line}`),
  ];
  return { language: 'diff', text: lines.join('\n') };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
