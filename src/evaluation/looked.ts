import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { SEED } from '../numerics/seed.ts';

/** What an evaluation saw that was looked at on the way. */
export interface SeenSamples {
  /** Of the samples that it saw, one for each of its scores: the first of `sampleOrder`, in whatever order. */
  readonly places: readonly number[];
  /** Samples that there are. */
  readonly of: number;
}

/**
 * The order in which samples are evaluated that are looked at on the way: files may be sorted by class, and what comes first
 * has to stand for all. It depends on their number alone (`SEED`).
 *
 * @returns each of 0 ... length - 1 once
 */
export function sampleOrder(length: number): number[] {
  const random = xoroshiro128plus(SEED);
  const order = Array.from({ length }, (_, i) => i);
  for (let last = length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** The first look; fewer samples decide nothing that would not wait. */
export const FIRST_LOOK = 32;

/** The next look after one at so many samples: each costs sessions a turn. */
export function nextLook(seen: number): number {
  return Math.ceil(1.5 * seen);
}

/** Of one value a sample of the data set, those of the samples that were seen. */
export function ofSeen<T>(values: readonly T[], looked: SeenSamples | undefined): readonly T[] {
  return looked === undefined ? values : looked.places.map((place) => values[place]);
}

/** One value for each sample that was seen. */
interface Seen<T> {
  readonly scores: readonly T[];
  readonly looked?: SeenSamples | undefined;
}

/**
 * The scores of two evaluations on the samples that both saw: those of the one that saw fewer, which are the first where
 * nobody looked.
 */
export function onCommon<T>(a: Seen<T>, b: Seen<T>): [readonly T[], readonly T[]] {
  const fewer = a.scores.length <= b.scores.length ? a : b;
  if (fewer.looked === undefined) {
    const { length } = fewer.scores;
    const first = ({ scores }: Seen<T>) => (scores.length === length ? scores : scores.slice(0, length));
    return [first(a), first(b)];
  }
  const { places } = fewer.looked;
  const of = ({ scores, looked }: Seen<T>) => {
    if (looked === undefined) return places.map((place) => scores[place]);
    const byPlace = new Map(looked.places.map((place, i) => [place, scores[i]]));
    return places.map((place) => byPlace.get(place)!);
  };
  return [of(a), of(b)];
}
