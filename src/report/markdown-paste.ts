import { changesYaml, type TargetChanges } from '../config/target-changes.ts';
import { shellCommand } from '../words/shell-command.ts';
import { codeBlock } from './escape.ts';
import { type ConfiguredTarget, entriesOf, targetItem } from './target-item.ts';

/** Longer blocks are no text to paste. */
export const MOST_ENTRIES = 64;

/**
 * What a target is to say in the configuration, to be pasted: all of it, or, where that is long, the keys that change.
 *
 * @param isApplied whether `--apply` writes the very same
 */
export function pasteBlock(
  target: ConfiguredTarget,
  changes: TargetChanges,
  { isApplied }: { readonly isApplied: boolean },
): string {
  const apply = isApplied ? `, or with \`${shellCommand('run', '--apply', target.target)}\`` : '';
  const isWhole = entriesOf(target, changes) <= MOST_ENTRIES;
  const where = isWhole
    ? "In place of this target's entry in `targets:`"
    : "Add these keys to this target's entry in `targets:`";
  const yaml = isWhole ? targetItem(target, changes) : changesYaml(changes);
  return `${where}${apply}:\n\n${codeBlock(yaml, 'yaml')}`;
}
