import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder, makeOwnFolder } from '../../src/make-folder.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('makes all folders above, several times at once, and leaves what is there', async () => {
  const path = join(scratch(), 'a/b/c');
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(path, 'd'))]);
  await makeFolder(path);
  expect(existsSync(join(path, 'd'))).toBe(true);
});

it('refuses where a file is in the way', async () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(file)).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(file, 'below'))).rejects.toThrow('EEXIST');
});

it.runIf(existsSync('/proc/self'))('ends where the system takes no folders', async () => {
  await expect(makeFolder('/proc/quantgate/out')).rejects.toThrow('ENOENT');
});

it('makes nothing behind a link that lies in a folder of others', async () => {
  const root = scratch();
  mkdirSync(join(root, 'elsewhere'));
  mkdirSync(join(root, 'own'));
  symlinkSync('../elsewhere', join(root, 'own/chips'));
  symlinkSync('nowhere', join(root, 'own/dangling'));
  for (const path of ['own/chips', 'own/chips/a/b', 'own/dangling/a'])
    await expect(makeOwnFolder(join(root, 'own'), join(root, path))).rejects.toThrow(
      'a link leads elsewhere',
    );
  expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
  await makeOwnFolder(join(root, 'own'), join(root, 'own/a/b'));
  await makeOwnFolder(join(root, 'own'), join(root, 'other/a'));
  expect(existsSync(join(root, 'own/a/b')) && existsSync(join(root, 'other/a'))).toBe(true);
});
