import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openChipFolders } from '../../../src/report/chip-folders.ts';
import { sha256Of } from '../../../src/sha256.ts';

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chips-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Every file below a folder, sorted. */
async function filesIn(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => !entry.isDirectory());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
}

/** What a run writes of one target. */
function targetFiles(kind: string, model: string, target: string, files: Readonly<Record<string, string>>) {
  const manifest = {
    quantgateChip: 1,
    tool: '0.1.0',
    model,
    modelSha256: sha256Of('model'),
    target,
    chip: 'snpe',
    files: Object.entries(files).map(([file, content]) => ({ file, sha256: sha256Of(content) })),
    left: [],
  };
  return Object.entries({ ...files, 'manifest.json': JSON.stringify(manifest) }).map(([file, content]) => ({
    path: `${kind}/${model}/${target}/${file}`,
    content,
  }));
}

async function run(out: string, ...targets: ReturnType<typeof targetFiles>[]): Promise<void> {
  const chips = await openChipFolders(out);
  for (const file of targets.flat()) await chips.write(file);
  await chips.removeStale();
}

const snpe = targetFiles('chips', 'signs', 'snpe', { 'README.md': 'r', 'encodings.json': '{}' });

it('has the files of the last run alone: no target, model or file that is gone, and no repair', async () => {
  const out = await scratch();
  await run(
    out,
    targetFiles('chips', 'signs', 'snpe', { 'README.md': 'old', 'model.onnx': 'repaired' }),
    targetFiles('chips', 'signs', 'ncnn', { 'README.md': 'r', 'ncnn.table': 't' }),
    targetFiles('chips', 'faces', 'snpe', { 'README.md': 'r' }),
    targetFiles('recovered', 'signs', 'snpe', { 'README.md': 'r', 'model.onnx': 'm' }),
  );
  await run(out, snpe);
  expect(await filesIn(out)).toEqual(snpe.map(({ path }) => path).sort());
  expect(await readdir(out)).toEqual(['chips']);
  expect(await readdir(join(out, 'chips'))).toEqual(['signs']);
  expect(await readFile(join(out, 'chips/signs/snpe/README.md'), 'utf8')).toBe('r');
});

it('leaves what quantgate did not write, or somebody changed', async () => {
  const out = await scratch();
  await run(out, snpe);
  const folder = join(out, 'chips/signs/snpe');
  await cp(folder, join(out, 'chips/signs/kept'), { recursive: true });
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await writeFile(join(folder, 'README.md'), 'r, and what I noted');
  await mkdir(join(out, 'chips/other/snpe'), { recursive: true });
  await writeFile(join(out, 'chips/other/snpe/manifest.json'), '{}');
  await run(out);
  expect(await filesIn(out)).toEqual([
    'chips/other/snpe/manifest.json',
    'chips/signs/kept/README.md',
    'chips/signs/kept/encodings.json',
    'chips/signs/kept/manifest.json',
    'chips/signs/snpe/README.md',
    'chips/signs/snpe/notes.txt',
  ]);
});

it('removes nothing behind a link, and no link', async () => {
  const [out, elsewhere] = [await scratch(), await scratch()];
  await run(elsewhere, snpe);
  await mkdir(join(out, 'chips'));
  await symlink(join(elsewhere, 'chips/signs'), join(out, 'chips/signs'));
  await symlink(elsewhere, join(out, 'recovered'));
  await run(out);
  expect(await filesIn(elsewhere)).toHaveLength(3);
  expect((await readdir(out)).sort()).toEqual(['chips', 'recovered']);
});

it('removes nothing before a run is over', async () => {
  const out = await scratch();
  await run(out, snpe);
  const { write } = await openChipFolders(out);
  for (const file of targetFiles('chips', 'signs', 'ncnn', { 'README.md': 'r' })) await write(file);
  expect((await readdir(join(out, 'chips/signs'))).sort()).toEqual(['ncnn', 'snpe']);
});
