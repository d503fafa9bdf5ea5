import { type RangeMethodName, rangeMethodNames, rangeMethods } from '../numerics/ranges/index.ts';
import type { Target } from './target.ts';

/** All that an entry may choose. */
export const rangeChoices = [...rangeMethodNames, 'native'] as const;

/** The methods that can choose ranges for the codes of a target. */
export function rangeMethodsOf({ precision }: Target): RangeMethodName[] {
  return rangeMethodNames.filter(
    (name) => precision === undefined || rangeMethods[name].countsIntegers === undefined,
  );
}

/** Those of them that may be proposed. */
export function proposableMethods(target: Target): RangeMethodName[] {
  return rangeMethodsOf(target).filter((name) => rangeMethods[name].fitsAll);
}
