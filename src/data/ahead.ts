/** So many files at once: the system answers each after a while, whatever it is asked. */
const FILES_AT_ONCE = 4;

/** What is held of files in memory. */
const MAX_HELD_BYTES = 2 ** 26;

/**
 * How many files, or parts of one, are read at once.
 *
 * @param bytes of each: of what is large less is begun, one at a time of what is larger than 32 MiB
 */
export function readAtOnce(bytes: number): number {
  return Math.max(1, Math.min(FILES_AT_ONCE, Math.floor(MAX_HELD_BYTES / Math.max(bytes, 1))));
}

/**
 * What work makes of items, in their order: that of the next few is begun while one is waited for. Nothing of it is kept that
 * was not asked for, and nothing of it goes on when this is over.
 *
 * @param atOnce how many are begun before the first of them is asked for, 1 or more
 * @throws what the work for an item does, when that item is asked for
 */
export async function* ahead<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<U>,
  atOnce = FILES_AT_ONCE,
): AsyncGenerator<U> {
  const begun: Promise<U>[] = [];
  try {
    for await (const item of items) {
      const made = work(item);
      // It is told where it is waited for, if it is.
      made.catch(() => {});
      begun.push(made);
      if (begun.length >= atOnce) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    // What it works with may be closed next.
    await Promise.allSettled(begun);
  }
}

/** All that `ahead` gives. */
export async function allOf<T, U>(
  items: Iterable<T>,
  work: (item: T) => Promise<U>,
  atOnce?: number,
): Promise<U[]> {
  const all: U[] = [];
  for await (const made of ahead(items, work, atOnce)) all.push(made);
  return all;
}

/** The same items, of which the next one is made while one is worked on. */
export async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const made = items[Symbol.asyncIterator]();
  const begin = () => {
    const next = made.next();
    // As above.
    next.catch(() => {});
    return next;
  };
  try {
    for (let next = begin(); ; ) {
      const { done, value } = await next;
      if (done === true) return;
      next = begin();
      yield value;
    }
  } finally {
    await made.return?.();
  }
}
