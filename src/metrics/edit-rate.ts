import { distance } from 'fastest-levenshtein';
import { UserError } from '../errors.ts';
import type { Metric } from './metric.ts';
import { fromScores } from './over-picks.ts';
import { ratioOfSums, ratioScore } from './ratio-of-sums.ts';

/** What `edit rate` metrics have in common: the edits of all samples by the length of all that is wanted. */
export function editRate(name: string): Omit<Metric, 'score'> {
  return {
    name,
    unit: 'fraction',
    higherIsBetter: false,
    labels: 'any',
    reference: false,
    decomposable: false,
    ...fromScores(name, ratioScore, ratioOfSums),
  };
}

/** As many different tokens as UTF-16 has units. */
const MOST_DIFFERENT = 2 ** 16;

/** The fewest insertions, deletions and substitutions of tokens (V. I. Levenshtein, 1966), with the number that is wanted. */
export function editScore<T>(wanted: readonly T[], heard: readonly T[]): [edits: number, length: number] {
  const units = new Map<T, string>();
  const asText = (tokens: readonly T[]) =>
    tokens
      .map((token) => {
        const known = units.get(token);
        if (known !== undefined) return known;
        if (units.size === MOST_DIFFERENT)
          throw new UserError(`a sample has more than ${MOST_DIFFERENT} different tokens: cut it`);
        const unit = String.fromCharCode(units.size);
        units.set(token, unit);
        return unit;
      })
      .join('');
  return [distance(asText(wanted), asText(heard)), wanted.length];
}
