import { describe, expect, it } from 'vitest';
import { keepGroups } from '../../../../src/data/parquet/keep-groups.ts';

/** Groups of two rows of 100 bytes, each with 256 of its own; group 9 is damaged. */
function groupsOf(most: number) {
  const decoded: number[] = [];
  const kept = keepGroups(async function* (group) {
    decoded.push(group);
    for (const row of [0, 1]) {
      if (group === 9 && row === 1) throw new RangeError('damaged');
      yield new Uint8Array(100).fill(10 * group + row);
    }
  }, most);
  return { decoded, kept };
}

describe('row groups that are kept', () => {
  it('are decoded once, from the second time that they are asked for', async () => {
    const { decoded, kept } = groupsOf(2000);
    expect(await kept(3)).toBeUndefined();
    expect(decoded).toEqual([]);
    for (let i = 0; i < 3; i++)
      expect((await kept(3))!.map((value) => (value as Uint8Array)[0])).toEqual([30, 31]);
    expect(decoded).toEqual([3]);
  });

  it('leave, longest unasked for first, once there are too many bytes', async () => {
    const { decoded, kept } = groupsOf(1500);
    for (const group of [0, 1]) for (let i = 0; i < 2; i++) await kept(group);
    await kept(0);
    await kept(2);
    expect(await kept(2)).toHaveLength(2);
    expect(await kept(0)).toHaveLength(2);
    expect(decoded).toEqual([0, 1, 2]);
    expect(await kept(1)).toBeUndefined();
  });

  it('are streamed where one alone is too large, or damaged', async () => {
    const { decoded, kept } = groupsOf(700);
    for (const group of [4, 9]) for (let i = 0; i < 4; i++) expect(await kept(group)).toBeUndefined();
    expect(decoded).toEqual([4, 9]);
  });
});
