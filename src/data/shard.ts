import { UserError } from '../errors.ts';

/** Part `index` of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * @throws UserError for anything but "1/3" and the like
 *
 * @example parseShard('2/3') // { index: 2, count: 3 }
 */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count)
    throw new UserError(`shard "${text}" is not one: write 1/3, 2/3 and 3/3`);
  return { index, count };
}

/**
 * The samples of a shard: the range cut into `count` pieces of nearly one length. Cuts lie between batches, so that
 * shards run the very batches of one runner: kernels may sum in another order for another batch size.
 *
 * @param batchSize how many samples of the range run together, from its first on
 * @throws UserError when there are more shards than batches
 * @example shardRange([0, 100], { index: 2, count: 3 }, 16) // [32, 64]
 */
export function shardRange(
  [from, to]: readonly [number, number],
  { index, count }: Shard,
  batchSize: number,
): [number, number] {
  const batches = Math.ceil((to - from) / batchSize);
  const cut = (i: number) => Math.min(to, from + batchSize * Math.floor((batches * i) / count));
  const range: [number, number] = [cut(index - 1), cut(index)];
  if (range[0] === range[1])
    throw new UserError(
      `shard ${index}/${count} of ${to - from} samples in batches of ${batchSize} is empty: cut them into ${batches} at most`,
    );
  return range;
}
