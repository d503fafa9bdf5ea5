/** So many files at once: the system answers each after a while, whatever it is asked. */
const AT_ONCE = 4;

/**
 * What work makes of items, in their order: that of the next few is begun while one is waited for. Nothing of it is kept that
 * was not asked for.
 *
 * @throws what the work for an item does, when that item is asked for
 */
export async function* ahead<T, U>(items: Iterable<T>, work: (item: T) => Promise<U>): AsyncGenerator<U> {
  const begun: Promise<U>[] = [];
  for (const item of items) {
    const made = work(item);
    // It is told where it is waited for, if it is.
    made.catch(() => {});
    begun.push(made);
    if (begun.length === AT_ONCE) yield await begun.shift()!;
  }
  for (const made of begun) yield await made;
}

/** All that `ahead` gives. */
export async function allOf<T, U>(items: Iterable<T>, work: (item: T) => Promise<U>): Promise<U[]> {
  const all: U[] = [];
  for await (const made of ahead(items, work)) all.push(made);
  return all;
}
