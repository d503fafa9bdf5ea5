import { changesYaml, type TargetChanges, targetYaml } from '../config/target-changes.ts';
import { codeBlock, escapeText } from './escape.ts';
import type { JudgedTarget } from './report-schema.ts';

/**
 * What a target is to say in `quantgate.yml`, to be pasted.
 *
 * @param isApplied whether `--apply` writes the very same
 */
export function pasteBlock(
  { target, chip }: Pick<JudgedTarget, 'target' | 'chip'>,
  changes: TargetChanges,
  { isApplied }: { readonly isApplied: boolean },
): string {
  const apply = isApplied ? `, or with \`quantgate run --apply ${escapeText(target)}\`` : '';
  const yaml = chip === target ? targetYaml(chip, changes) : changesYaml(changes);
  return `For this target in \`targets:\` of quantgate.yml${apply}:\n\n${codeBlock(yaml, 'yaml')}`;
}
