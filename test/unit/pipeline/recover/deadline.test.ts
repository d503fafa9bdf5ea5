import { expect, it } from 'vitest';
import { deadlineIn, sharedTime } from '../../../../src/pipeline/recover/deadline.ts';

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

it('pieces of work have equal shares of the time that is left, and what happens between them takes none', async () => {
  let now = 0;
  const time = sharedTime(90, 3, () => now);
  const taking = (seconds: number) => async (share: number) => {
    now += 1000 * seconds;
    return share;
  };
  expect(await time.piece(taking(10))).toBe(30);
  now += 1e6;
  expect(await time.piece(taking(60))).toBe(40);
  expect(await time.piece(taking(60))).toBe(20);
  expect(await time.piece(taking(1))).toBe(0);
});

it('a piece that fails has taken its time', async () => {
  let now = 0;
  const time = sharedTime(90, 2, () => now);
  const failing = time.piece(async () => {
    now += 30_000;
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await time.piece(async (share) => share)).toBe(60);
});
