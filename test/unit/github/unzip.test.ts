import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { unzip } from '../../../src/github/unzip.ts';
import { type ZipEntry, zipOf } from '../../support/zip.ts';

const unpack = (...entries: readonly ZipEntry[]) => unzip(zipOf(...entries), 'artifact x');
const segment = fc.stringMatching(/^[a-z0-9_-][A-Za-z0-9._ -]{0,19}$/);

describe('unzip', () => {
  it('gives the files by path, without folders', async () => {
    const files = await unpack(
      { name: 'a.json', content: '{}' },
      { name: 'b/' },
      { name: 'b/größe.txt', content: 'x' },
    );
    expect([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a.json', '{}'],
      ['b/größe.txt', 'x'],
    ]);
  });

  it('gives back what was packed', async () => {
    const entry = fc.record({
      name: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      content: fc.uint8Array({ maxLength: 3000 }),
    });
    const archive = fc.uniqueArray(entry, { selector: ({ name }) => name.toLowerCase(), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(archive, async (entries) => {
        const files = await unpack(...entries);
        expect([...files.keys()]).toEqual(entries.map(({ name }) => name));
        for (const { name, content } of entries) expect(Buffer.compare(files.get(name)!, content)).toBe(0);
      }),
    );
  });

  it.each([
    ['../x'],
    ['a/../../x'],
    ['/etc/passwd'],
    ['C:\\x'],
    ['C:x'],
    ['a\\..\\x'],
    ['./x'],
    ['a//b'],
    ['a\u0000b'],
    ['a\u202eb'],
    ['x'.repeat(256)],
  ])('refuses the path %j', async (name) => {
    await expect(unpack({ name, content: 'x' })).rejects.toThrow(UserError);
  });

  it.each<[string, readonly ZipEntry[]]>([
    ['"link" is a link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }]],
    ['"secret" is encrypted', [{ name: 'secret', content: 'x', flags: 1 }]],
    ['"a" is in it twice', [{ name: 'a' }, { name: 'a' }]],
    ['"A" is in it twice', [{ name: 'a' }, { name: 'A' }]],
    ['"a\u0308" is in it twice', [{ name: 'ä' }, { name: 'a\u0308' }]],
    ['it has 201 entries, at most 200 are read', Array.from({ length: 201 }, (_, i) => ({ name: `${i}` }))],
    [
      '"bomb" unpacks to more than 100 times its size',
      [{ name: 'bomb', content: Buffer.alloc(2 ** 24 + 1) }],
    ],
    ['"big" makes it larger than 268435456 bytes', [{ name: 'big', content: 'x', states: 2 ** 28 + 1 }]],
    ['it is not a readable zip', [{ name: 'liar', content: 'x'.repeat(100), states: 10 }]],
    ['it is not a readable zip (the checksum of "a" is wrong)', [{ name: 'a', content: 'x', checksum: 1 }]],
  ])('refuses an archive: %s', async (problem, entries) => {
    await expect(unpack(...entries)).rejects.toThrow(`artifact x is refused: ${problem}`);
  });

  it('takes small files that compress well', async () => {
    const files = await unpack({ name: 'scores.json', content: '1,'.repeat(100_000) });
    expect(files.get('scores.json')).toHaveLength(200_000);
  });

  it('throws nothing but UserErrors on damaged archives', async () => {
    const zip = zipOf({ name: 'a', content: 'hello' }, { name: 'b', content: 'x'.repeat(1000) });
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.nat(255), fc.nat(zip.length), async (at, byte, length) => {
        const damaged = Buffer.from(zip);
        damaged[at] = byte;
        const result = await unzip(damaged.subarray(0, length), 'x').catch((error) => error);
        expect(result instanceof Map || result instanceof UserError).toBe(true);
      }),
    );
  });
});
