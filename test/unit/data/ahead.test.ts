import { describe, expect, it } from 'vitest';
import { ahead, allOf, oneAhead, readAtOnce } from '../../../src/data/ahead.ts';

/** Work that counts how much of it runs at once, and takes longer for smaller items. */
function counted() {
  const state = { running: 0, most: 0, begun: 0 };
  const work = async (item: number) => {
    state.begun++;
    state.running++;
    state.most = Math.max(state.most, state.running);
    await new Promise((done) => setTimeout(done, 12 - item));
    state.running--;
    if (item === 7) throw new Error('seven');
    return 10 * item;
  };
  return { state, work };
}

it('gives what work makes in the order of the items, a few at once', async () => {
  const { state, work } = counted();
  expect(await allOf([1, 2, 3, 4, 5, 6], work)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(state.most).toBe(4);
});

it.each([
  [0, 4],
  [2 ** 24, 4],
  [2 ** 25, 2],
  [2 ** 30, 1],
])('reads so much at once that 64 MiB are held, and one item at least: of %d bytes %d', (bytes, most) => {
  expect(readAtOnce(bytes)).toBe(most);
});

it.each([1, 3])('begins as much as it is told: %d', async (atOnce) => {
  const { state, work } = counted();
  expect(await allOf([1, 2, 3, 4, 5, 6], work, atOnce)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(state.most).toBe(atOnce);
});

it('takes items that come one after the other', async () => {
  const items = async function* () {
    for (const item of [1, 2, 3]) yield item;
  };
  const seen: number[] = [];
  for await (const made of ahead(items(), counted().work, 2)) seen.push(made);
  expect(seen).toEqual([10, 20, 30]);
});

it('throws in the place of the item, after all that came before it', async () => {
  const { work } = counted();
  const seen: number[] = [];
  const read = async () => {
    for await (const made of ahead([5, 6, 7, 8], work)) seen.push(made);
  };
  await expect(read()).rejects.toThrow('seven');
  expect(seen).toEqual([50, 60]);
});

it('is over when nothing of it goes on any more', async () => {
  const { state, work } = counted();
  for await (const _ of ahead([1, 2, 3, 4, 5, 6], work)) break;
  expect(state).toMatchObject({ begun: 4, running: 0 });
});

it('leaves what nobody asks for', async () => {
  const { state, work } = counted();
  // Item 7 is begun and fails, which nobody hears of.
  for await (const made of ahead([5, 6, 7, 8, 9, 10], work)) {
    expect(made).toBe(50);
    break;
  }
  await new Promise((done) => setTimeout(done, 20));
  expect(state.begun).toBe(4);
});

it('makes nothing of nothing', async () => {
  expect(await allOf([], counted().work)).toEqual([]);
});

describe('one ahead', () => {
  /** Items, and what was done with them so far. */
  function stream(fails?: number) {
    const done: string[] = [];
    const items = async function* () {
      try {
        for (const item of [1, 2, 3]) {
          if (item === fails) throw new Error(`no ${item}`);
          done.push(`made ${item}`);
          yield item;
        }
      } finally {
        done.push('closed');
      }
    };
    return { done, items: oneAhead(items()) };
  }

  it('is made while the one before it is worked on', async () => {
    const { done, items } = stream();
    for await (const item of items) {
      await new Promise((next) => setTimeout(next));
      done.push(`used ${item}`);
    }
    expect(done).toEqual(['made 1', 'made 2', 'used 1', 'made 3', 'used 2', 'closed', 'used 3']);
  });

  it('fails in its own turn', async () => {
    const { done, items } = stream(2);
    const use = async () => {
      for await (const item of items) {
        await new Promise((next) => setTimeout(next));
        done.push(`used ${item}`);
      }
    };
    await expect(use()).rejects.toThrow('no 2');
    expect(done).toEqual(['made 1', 'closed', 'used 1']);
  });

  it('is closed with what it comes from where nobody goes on', async () => {
    const { done, items } = stream();
    for await (const _ of items) break;
    expect(done.at(-1)).toBe('closed');
    expect(done).not.toContain('made 3');
  });
});
