import { quote } from '../errors.ts';
import { chipNamed, chipNames, chips } from '../targets/chip-names.ts';
import { architectures } from '../targets/hexagon-architectures.ts';
import { nearest } from './suggest.ts';

/** What to write in place of a name that means no chip. */
export function unknownChip(name: string): string {
  const [, family, version] = /^(.*)-(v\d+)$/i.exec(name) ?? [];
  if (version !== undefined && chipNamed(family)?.chip === 'snpe')
    return `${quote(name)} is no architecture that is known: use one of ${architectures.join(', ')}`;
  const similar = nearest(name.toLowerCase(), chipNames);
  return similar === undefined
    ? `must be one of ${chips.join(', ')}, or a map with such a chip`
    : `is no target: did you mean "${similar}"?`;
}
