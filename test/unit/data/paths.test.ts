import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { pathWithin } from '../../../src/paths.ts';
import { folderWith } from './folder.ts';

describe('pathWithin', () => {
  it('finds files inside, and above the folder as long as they stay inside the root', async () => {
    const root = await folderWith({ 'config/a.yml': '', 'data/x.npy': '' });
    const folder = join(root, 'config');
    expect(await pathWithin({ folder, root: folder }, './a.yml')).toBe(join(root, 'config/a.yml'));
    expect(await pathWithin({ folder, root }, '../data/x.npy')).toBe(join(root, 'data/x.npy'));
    await expect(pathWithin({ folder, root: folder }, '../data/x.npy')).rejects.toThrow('lies outside');
  });

  it('refuses absolute paths, missing files and links that lead out', async () => {
    const root = await folderWith({ 'in/a': '', 'out/b': '' });
    const place = { folder: join(root, 'in'), root: join(root, 'in') };
    await symlink(join(root, 'out'), join(root, 'in/link'));
    await symlink(join(root, 'in/a'), join(root, 'in/alias'));
    for (const path of [
      '/etc/passwd',
      'C:\\data',
      '\\\\host\\data',
      join(root, 'in/a'),
      'missing',
      '',
      'a\0',
    ])
      await expect(pathWithin(place, path), path).rejects.toThrow(UserError);
    await expect(pathWithin(place, 'link/b')).rejects.toThrow('is a link out of');
    expect(await pathWithin(place, 'alias')).toBe(join(root, 'in/a'));
  });

  it('refuses what git keeps for itself, a token of the checkout among it, also behind a link', async () => {
    const root = await folderWith({
      '.git/config': 'token',
      'sub/.git/config': '',
      'x.git/a': '',
      '.gitignore': '',
    });
    await symlink('.git/config', join(root, 'weights.bin'));
    for (const path of ['.git/config', 'sub/.git/config', 'weights.bin'])
      await expect(pathWithin({ folder: root, root }, path), path).rejects.toThrow(
        'what git keeps for itself',
      );
    for (const path of ['x.git/a', '.gitignore'])
      expect(await pathWithin({ folder: root, root }, path)).toBe(join(root, path));
  });

  it('says of what Git LFS left that it is no data', async () => {
    const root = await folderWith({ 'x.npy': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' });
    await expect(pathWithin({ folder: root, root }, 'x.npy')).rejects.toThrow(
      'x.npy is a Git LFS pointer, not the file itself: fetch it',
    );
  });

  it('never leaves the root, whatever the path', async () => {
    const root = await folderWith({ 'in/a/b': '', secret: '' });
    const inside = join(root, 'in');
    const part = fc.constantFrom('..', '.', 'a', 'b', 'secret', 'in', '', '~', '...');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const found = await pathWithin({ folder: inside, root: inside }, parts.join('/')).catch(
          (error) => error,
        );
        if (found instanceof Error) expect(found).toBeInstanceOf(UserError);
        else expect(found === inside || found.startsWith(`${inside}/`)).toBe(true);
      }),
    );
  });
});
