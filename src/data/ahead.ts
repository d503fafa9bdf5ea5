/** So many at once: the system answers each after a while, whatever it is asked. */
const MOST_AT_ONCE = 4;

/** What is held of it in memory. */
const MAX_HELD_BYTES = 2 ** 26;

/**
 * What work makes of items, in their order: that of the next few is begun while one is waited for. Nothing of it is kept that
 * was not asked for.
 *
 * @param bytes of what is made of an item: of what is large less is begun, one at a time of what is larger than 32 MiB
 * @throws what the work for an item does, when that item is asked for
 */
export async function* ahead<T, U>(
  items: Iterable<T>,
  work: (item: T) => Promise<U>,
  bytes = 0,
): AsyncGenerator<U> {
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MAX_HELD_BYTES / Math.max(bytes, 1))));
  const begun: Promise<U>[] = [];
  for (const item of items) {
    const made = work(item);
    // It is told where it is waited for, if it is.
    made.catch(() => {});
    begun.push(made);
    if (begun.length === atOnce) yield await begun.shift()!;
  }
  for (const made of begun) yield await made;
}

/** All that `ahead` gives. */
export async function allOf<T, U>(items: Iterable<T>, work: (item: T) => Promise<U>): Promise<U[]> {
  const all: U[] = [];
  for await (const made of ahead(items, work)) all.push(made);
  return all;
}
