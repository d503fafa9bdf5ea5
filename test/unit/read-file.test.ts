import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { baselineFile, folderStore, saveBaseline } from '../../src/baseline/store.ts';
import { history } from '../../src/cli/history.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { readImageList } from '../../src/data/images/image-list.ts';
import { UserError } from '../../src/errors.ts';
import { readExternalNames, readModel } from '../../src/onnx/read-model.ts';
import { readCalibrationFile } from '../../src/pipeline/shard-files.ts';
import { readText, readWhole } from '../../src/read-file.ts';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything that reads a whole file, by what it is called. */
const readers: Readonly<Record<string, (path: string, folder: string) => Promise<unknown>>> = {
  'a model': (path) => readModel(path),
  'the external data of a model': (path) => readExternalNames(path),
  'a configuration': loadConfig,
  'an image list': (path) => readImageList(path, 'images.csv'),
  'a shard': (path) => readCalibrationFile({ path, where: 'a.calibration.json' }),
  'a stored baseline': async (path, folder) => {
    await symlink(path, join(folder, baselineFile('net')));
    return folderStore(folder)('net');
  },
  'a history': (path, folder) => history(path, {}, { cwd: folder, print: () => {} }),
};

/** What never ends, or never begins. */
const endless: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  'a pipe': async (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    return join(folder, 'pipe');
  },
  'a link to /dev/zero': async (folder) => {
    await symlink('/dev/zero', join(folder, 'zero'));
    return join(folder, 'zero');
  },
  'a folder': async (folder) => folder,
};

describe('readWhole', () => {
  it('reads a file up to its limit, and nothing beyond', async () => {
    const path = join(await emptyFolder(), 'a');
    await writeFile(path, 'four');
    expect(await readText(path, 4)).toBe('four');
    await expect(readWhole(path, 3)).rejects.toThrow('larger than 3 bytes');
    await expect(readWhole(join(path, 'b'), 3)).rejects.toThrow('ENOTDIR');
  });

  it.skipIf(process.platform === 'win32').each(
    Object.keys(endless).flatMap((kind) =>
      Object.keys(readers)
        .filter((what) => kind !== 'a folder' || what !== 'a history')
        .map((what) => [kind, what]),
    ),
  )('refuses %s in place of %s on one line', async (kind, what) => {
    const folder = await emptyFolder();
    const path = await endless[kind](folder);
    const error: Error = await readers[what](path, folder).then(String, (each) => each);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/not a file|a link out of/);
    expect(error.message).not.toContain('\n');
  });
});

describe('saveBaseline', () => {
  it('writes to no file behind a link, be it of the name of a draft', async () => {
    const folder = await emptyFolder();
    const mine = join(await emptyFolder(), 'mine');
    await writeFile(mine, 'mine');
    for (const name of ['net.baseline.json', 'net.baseline.json.part'])
      await symlink(mine, join(folder, name));
    const metric = { metric: 'top1', value: 1, scores: [1], references: [], targets: [] };
    const of = { model: 'net', modelSha256: 'a'.repeat(64), dataSha256: 'b'.repeat(64) };
    const by = { tool: '1.0.0', provider: 'cpu' as const, commit: null, date: '2026-01-02T03:04:05.678Z' };
    await saveBaseline(folder, { ...of, ...metric, ...by });
    expect(await readText(mine, 10)).toBe('mine');
  });
});
