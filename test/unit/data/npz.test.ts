import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openNpz } from '../../../src/data/npz.ts';
import { UserError } from '../../../src/errors.ts';
import { floats } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { zipOf } from '../../support/zip.ts';
import { bytesOf, collect, folderWith } from './folder.ts';
import golden from './golden/npy.json' with { type: 'json' };

async function open(bytes: Uint8Array, member: string | undefined, input: string) {
  const folder = await folderWith({ 'data.npz': bytes });
  return openNpz(join(folder, 'data.npz'), 'data.npz', member, input);
}

describe('openNpz', () => {
  it('reads the array named like the input, the one asked for, or the only one', async () => {
    const archive = bytesOf(golden.npz);
    const byInput = await open(archive, undefined, 'x');
    expect((await collect(byInput.rows(3, 4)))[0].data).toEqual(new Float32Array([18, 19, 20, 21, 22, 23]));
    const byMember = await open(archive, 'labels', 'x');
    expect((await collect(byMember.rows(0, 4))).map((row) => row.data[0])).toEqual([3n, 1n, 2n, 0n]);
    const only = await open(bytesOf(golden.npzOne), undefined, 'x');
    expect((await collect(only.rows(0, 1)))[0]).toEqual({
      type: 'uint8',
      dims: [2, 3],
      data: new Uint8Array([0, 1, 2, 3, 4, 5]),
    });
    await Promise.all([byInput, byMember, only].map((column) => column.close!()));
  });

  it('says which arrays there are', async () => {
    await expect(open(bytesOf(golden.npz), undefined, 'image')).rejects.toThrow(
      'data.npz has no array "image" (it has x, labels): write the path as file.npz:array',
    );
    await expect(open(bytesOf(golden.npzOne), 'x', 'only')).rejects.toThrow('it has only');
  });

  it('refuses an array that is not what was packed, though it is as long', async () => {
    const content = npyOf(floats([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]));
    const archive = zipOf({ name: 'x.npy', content, checksum: crc32(content) ^ 1 });
    await expect(open(archive, undefined, 'x')).rejects.toThrow(
      'data.npz is not a readable .npz archive (the checksum of "x.npy" is wrong): save it again',
    );
  });

  it('leaves no temporary files behind, be it opened or refused', async () => {
    const temporary = await folderWith({});
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const folder = await folderWith({ 'data.npz': bytesOf(golden.npz) });
    const others = await readdir(temporary);
    const column = await openNpz(join(folder, 'data.npz'), 'data.npz', undefined, 'x');
    expect(await readdir(temporary)).toHaveLength(others.length + 1);
    await column.close!();
    await expect(openNpz(join(folder, 'data.npz'), 'data.npz', 'y', 'x')).rejects.toThrow(UserError);
    expect(await readdir(temporary)).toEqual(others);
  });

  it('throws nothing but UserErrors on damaged archives', async () => {
    const archive = bytesOf(golden.npz);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(archive.length - 1),
        fc.nat(255),
        fc.nat(archive.length),
        async (at, byte, cut) => {
          const bytes = archive.slice();
          bytes[at] = byte;
          const column = await open(cut % 2 === 0 ? bytes : bytes.subarray(0, cut), undefined, 'x').catch(
            (e) => e,
          );
          if (column instanceof Error) expect(column).toBeInstanceOf(UserError);
          else await column.close!();
        },
      ),
      { numRuns: 40 },
    );
  });
});
