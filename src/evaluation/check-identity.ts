import { printable, UserError } from '../errors.ts';
import { sha256Hex } from '../sha256.ts';

/** What decides what a shard of work comes to: hashes and names. */
type Identity<I> = { readonly [key in keyof I]: string };

/** How a shard is refused. */
export interface Refusal<I extends Identity<I>> {
  /** What a shard is of when a part of its identity differs; the first that does is named. */
  readonly foreign: Identity<I>;
  readonly remedy: string;
}

/**
 * @param name of the shard, in words
 * @throws UserError when a shard is of something else than is expected of it
 */
export function checkIdentity<I extends Identity<I>>(
  { name, identity }: { readonly name: string; readonly identity: I },
  expected: I,
  { foreign, remedy }: Refusal<I>,
): void {
  for (const [key, of] of Object.entries(foreign) as [keyof I, string][]) {
    if (identity[key] === expected[key]) continue;
    throw new UserError(
      `${name} is of ${of} (${shorten(identity[key])}, here ${shorten(expected[key])}): ${remedy}`,
    );
  }
}

const shorten = (value: string) =>
  sha256Hex.safeParse(value).success ? value.slice(0, 12) : printable(value);
