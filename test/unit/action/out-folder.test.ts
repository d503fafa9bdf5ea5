import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openOut } from '../../../src/action/out-folder.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'quantgate-out-'));
  for (const folder of ['real/kept', 'home']) mkdirSync(join(place, folder), { recursive: true });
  // A runner may reach its workspace by a link of its own.
  symlinkSync('real', join(place, 'workspace'));
});
afterEach(() => rmSync(place, { recursive: true }));

it.each(['new/folder', 'kept', '.', '../elsewhere', '../workspace/other'])(
  'is made or taken at %s',
  async (out) => {
    const workspace = join(place, 'workspace');
    expect(await openOut(workspace, out)).toBe(join(workspace, out));
  },
);

it('is refused where the checkout leads it elsewhere, or has a file', async () => {
  const workspace = join(place, 'workspace');
  symlinkSync('../home', join(place, 'real/quantgate-out'));
  symlinkSync('kept', join(place, 'real/inside'));
  writeFileSync(join(place, 'real/file'), '');
  for (const out of ['quantgate-out', 'quantgate-out/deep', 'inside'])
    await expect(openOut(workspace, out)).rejects.toThrow(
      /^input out: .* \(a link leads elsewhere\): choose a/,
    );
  await expect(openOut(workspace, 'file')).rejects.toThrow(/^input out: file cannot be written/);
});

it('may be behind a link outside of the workspace, where a checkout puts nothing', async () => {
  const workspace = join(place, 'workspace');
  symlinkSync('home', join(place, 'linked'));
  expect(await openOut(workspace, '../linked/new')).toBe(join(place, 'linked/new'));
  expect(await openOut(workspace, join(place, 'linked/other'))).toBe(join(place, 'linked/other'));
});
