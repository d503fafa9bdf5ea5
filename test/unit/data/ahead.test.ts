import { expect, it } from 'vitest';
import { ahead, allOf } from '../../../src/data/ahead.ts';

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
  [2 ** 24, 4],
  [2 ** 25, 2],
  [2 ** 30, 1],
])('holds no more than 64 MiB of it, and one item at least: of %d bytes %d', async (bytes, most) => {
  const { state, work } = counted();
  const seen: number[] = [];
  for await (const made of ahead([1, 2, 3, 4, 5, 6], work, bytes)) seen.push(made);
  expect(seen).toEqual([10, 20, 30, 40, 50, 60]);
  expect(state.most).toBe(most);
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
