import { expect, it } from 'vitest';
import { deadlineIn, sharedSeconds } from '../../../../src/pipeline/recover/deadline.ts';

it('a deadline allows a piece that can be expected to end before it', async () => {
  let now = 5000;
  const deadline = deadlineIn(10, () => now);
  const takes = (ms: number) => async () => {
    now += ms;
    return ms;
  };
  expect(deadline.allows()).toBe(true);
  expect(await deadline.piece(takes(4000))).toBe(4000);
  expect(deadline.allows()).toBe(true);
  await deadline.piece(takes(4000));
  // 2 s are left, and the last piece took 4.
  expect(deadline.allows()).toBe(false);
  await deadline.piece(takes(1000));
  // 1 s is left, for a piece that takes 1.
  expect(deadline.allows()).toBe(false);
  expect(deadlineIn(0, () => now).allows()).toBe(false);
});

it('a piece that fails says so, and does not change what the next is expected to take', async () => {
  let now = 0;
  const deadline = deadlineIn(10, () => now);
  const fails = async () => {
    now += 6000;
    throw new Error('no');
  };
  await expect(deadline.piece(fails)).rejects.toThrow('no');
  expect(deadline.allows()).toBe(true);
});

it("seconds are shared among the pieces that are left, and what one leaves is the others'", () => {
  let now = 0;
  const next = sharedSeconds(90, 3, () => now);
  expect(next()).toBe(30);
  now += 10_000;
  expect(next()).toBe(40);
  now += 60_000;
  expect(next()).toBe(20);
  now += 60_000;
  expect(next()).toBe(0);
});
