import { describe, expect, it } from 'vitest';
import { splitMember } from '../../../src/data/split-member.ts';

describe('splitMember', () => {
  it('takes what follows .npz: as the member, colons included', () => {
    expect(splitMember('a/b.npz:input:0')).toEqual({ path: 'a/b.npz', member: 'input:0' });
    expect(splitMember('a/b.npz')).toEqual({ path: 'a/b.npz' });
    expect(splitMember('a:b.npy')).toEqual({ path: 'a:b.npy' });
  });

  it('takes what follows .parquet# as the column', () => {
    expect(splitMember('a/b.parquet#x.y#z')).toEqual({ path: 'a/b.parquet', member: 'x.y#z' });
    expect(splitMember('a/b.parquet')).toEqual({ path: 'a/b.parquet' });
    expect(splitMember('a#b.npy')).toEqual({ path: 'a#b.npy' });
  });
});
