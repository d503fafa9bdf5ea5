import { listed } from '../words/counts.ts';
import { keysOf, type TargetChanges } from './target-changes.ts';

const scalars = { weights: 'granularity of weights', range: 'range method', recipe: 'recipe' } as const;
const entries = { layers: 'layer', ranges: 'range' } as const;

/**
 * What is written, in words.
 *
 * @example changesWords({ recipe: ['round'], pins: [{ tensor: 'x', alpha: 0, beta: 1 }] }) // 'recipe and 1 range'
 */
export function changesWords(changes: TargetChanges): string {
  const words = keysOf(changes).map((each) => {
    if (!('entries' in each)) return scalars[each.key];
    const { length } = each.entries;
    return `${length} ${entries[each.key]}${length === 1 ? '' : 's'}`;
  });
  return listed(words);
}
