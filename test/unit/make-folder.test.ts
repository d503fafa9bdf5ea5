import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../../src/make-folder.ts';

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
