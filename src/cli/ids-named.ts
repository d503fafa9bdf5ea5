import type { TargetConfig } from '../config/target-id.ts';
import { canonicalId, chipNamed } from '../targets/chip-names.ts';

/**
 * The ids of the targets that a name means: that of this id, by any name of its chip; where there is none, all of the chip
 * (and the architecture, where the name says one). Each once, in their order; empty where it means none.
 */
export function idsNamed(name: string, targets: readonly TargetConfig[]): string[] {
  const id = canonicalId(name);
  if (targets.some((target) => target.id === id)) return [id];
  const named = chipNamed(name);
  const ofChip = targets.filter(
    ({ chip, arch }) => chip === named?.chip && (named.arch === undefined || arch === named.arch),
  );
  return [...new Set(ofChip.map((target) => target.id))];
}
