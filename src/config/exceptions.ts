import { quote, UserError } from '../errors.ts';
import type { ModelConfig } from './config.ts';
import { otherNames } from './suggest.ts';

/**
 * Checks the names that the limits of a budget leave out.
 *
 * @param tensors every tensor that some target quantizes, weights included
 * @param layers every layer that some target quantizes
 * @throws UserError for a name that is none of them, naming the closest
 */
export function checkExceptions(
  { name: model, budget }: Pick<ModelConfig, 'name' | 'budget'>,
  tensors: readonly string[],
  layers: readonly string[],
): void {
  const limits = [
    { key: 'max-bits-lost', limit: budget.maxBitsLost, known: tensors, what: 'tensor' },
    { key: 'min-effective-bits', limit: budget.minEffectiveBits, known: tensors, what: 'tensor' },
    { key: 'min-sqnr-db', limit: budget.minSqnrDb, known: layers, what: 'layer' },
  ] as const;
  for (const { key, limit, known, what } of limits) {
    const unknown = limit?.except.find((name) => !known.includes(name));
    if (unknown === undefined) continue;
    throw new UserError(
      `${model}: budget: ${key}: except: ${quote(unknown)} is no ${what} that a target quantizes: ${otherNames(unknown, known)}`,
    );
  }
}
