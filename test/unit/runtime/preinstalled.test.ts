import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownOnnxRuntime } from '../../../src/runtime/preinstalled.ts';

const manifests = resolve(import.meta.dirname, '../../../runtime');

let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'quantgate-own-'));
  mkdirSync(join(place, 'workspace'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function install(folder: string, version = '1.30.0'): string {
  const to = join(place, folder, 'node_modules/onnxruntime-node');
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'package.json'), JSON.stringify({ version }));
  return join(place, folder);
}
const take = (folder: string) => ownOnnxRuntime(folder, join(place, 'workspace'), manifests);

describe("a runner's own onnxruntime-node", () => {
  it('is taken from an absolute folder out of the workspace', async () => {
    const folder = install('opt');
    expect(await take(folder)).toBe(folder);
  });

  it('is refused in the workspace, through a link too', async () => {
    await expect(take(install('workspace/opt'))).rejects.toThrow(/lies in the workspace/);
    symlinkSync(join(place, 'workspace/opt'), join(place, 'link'));
    await expect(take(join(place, 'link'))).rejects.toThrow(/lies in the workspace/);
    await expect(take(install('workspace/..opt'))).rejects.toThrow(/lies in the workspace/);
    await expect(take(install('workspace'))).rejects.toThrow(/lies in the workspace/);
  });

  it.each<[string, () => string, RegExp]>([
    ['relative', () => 'opt', /QUANTGATE_RUNTIME \(opt\) is relative/],
    ['not there', () => join(place, 'gone'), /holds no onnxruntime-node .* onnxruntime-node@1\.30\.0 there/],
    ['of another version', () => install('opt', '1.22.0'), /1\.22\.0, quantgate computes with 1\.30\.0/],
  ])('is refused when it is %s', async (_, folder, message) => {
    await expect(take(folder())).rejects.toThrow(message);
  });
});
