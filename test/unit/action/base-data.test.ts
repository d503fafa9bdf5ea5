import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BaseFiles, baseData } from '../../../src/action/change/base-data.ts';
import { blobId } from '../../../src/action/change/content-id.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { baseConfig } from '../../support/action-world.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantgate-checkout-'));
  folder = mkdtempSync(join(tmpdir(), 'quantgate-copies-'));
});
afterEach(() => {
  for (const each of [root, folder]) rmSync(each, { recursive: true, force: true });
});

const write = (files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};
const idOf = (content: string) => blobId(Buffer.from(content), 'sha1');
/** A base with these files, and a change of which GitHub tells these. */
const baseOf = (
  files: Readonly<Record<string, string>>,
  changed: readonly string[] = [],
  given: Partial<BaseFiles> = {},
): BaseFiles => ({
  tree: new Map(Object.entries(files).map(([name, content]) => [name, idOf(content)])),
  changed: {
    files: changed.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
    complete: true,
  },
  read: async (path) => (path in files ? Buffer.from(files[path]) : undefined),
  ...given,
});
const config = (inputs = 'inputs.npy', labels = 'labels.npy') =>
  parseConfig(
    baseConfig.replaceAll('inputs.npy', inputs).replace('labels: labels.npy', `labels: ${labels}`),
    'quantgate.yml',
  );
const find = async (base: BaseFiles, of = config(), configFolder = '.') => {
  const { copies, doubts } = await baseData(of, { root, folder: configFolder }, base, folder);
  const named = [...copies].map(([from, to]) => [from.slice(root.length + 1), to.slice(folder.length + 1)]);
  return { copies: Object.fromEntries(named), doubts };
};
const copied = (path: string) => readFileSync(join(folder, path), 'utf8');
const data = { 'inputs.npy': 'inputs', 'labels.npy': 'labels' };

describe('data of the base', () => {
  it('are not copied where the checkout has them', async () => {
    write(data);
    expect(await find(baseOf(data))).toEqual({ copies: {}, doubts: [] });
  });

  it.each([
    ['has others', { ...data, 'labels.npy': 'own' }],
    ['has none', { 'inputs.npy': 'inputs' }],
  ])('are copied where it %s', async (_, here) => {
    write(here);
    expect(await find(baseOf(data, ['labels.npy']))).toEqual({
      copies: { 'labels.npy': 'labels.npy' },
      doubts: [],
    });
    expect(copied('labels.npy')).toBe('labels');
  });

  it('are a whole folder where one file of it is another, without what the change adds', async () => {
    const files = { 'set/0.pb': 'a', 'set/1.pb': 'b' };
    write({ ...files, 'set/1.pb': 'own', 'set/2.pb': 'more', 'labels.npy': 'labels' });
    const found = await find(baseOf({ ...files, 'labels.npy': 'labels' }, ['set/1.pb']), config('set'));
    expect(found).toEqual({ copies: { set: 'set' }, doubts: [] });
    expect([copied('set/0.pb'), copied('set/1.pb')]).toEqual(['a', 'b']);
    expect(() => copied('set/2.pb')).toThrow('ENOENT');
  });

  it('are a list with its images where one of these is another', async () => {
    const files = { 'ml/l.csv': 'file,label\na/1.png,1\na/2.png,2\n', 'ml/a/1.png': '1', 'ml/a/2.png': '2' };
    write({ ...files, 'ml/a/2.png': 'own' });
    const of = parseConfig(
      baseConfig.replaceAll('inputs.npy', 'l.csv').replace(', labels: labels.npy', ''),
      'ml/quantgate.yml',
    );
    expect(await find(baseOf(files, ['ml/a/2.png']), of, 'ml')).toEqual({
      copies: { 'ml/l.csv': 'ml/l.csv' },
      doubts: [],
    });
    expect([copied('ml/a/1.png'), copied('ml/a/2.png')]).toEqual(['1', '2']);
  });

  it('may have images that git does not have, unless the change brings them', async () => {
    const files = { 'l.csv': 'file,label\n1.png,1\n', 'labels.npy': 'labels' };
    write({ ...files, 'l.csv': 'file,label\n1.png,0\n', '1.png': 'untracked' });
    const of = config('l.csv');
    expect((await find(baseOf(files, ['l.csv']), of)).copies).toEqual({ 'l.csv': 'l.csv' });
    expect((await find(baseOf(files, ['l.csv', '1.png']), of)).doubts).toEqual([
      '"l.csv" measures the change, and may be its own: the base has no "1.png" in git',
    ]);
  });
});

describe('data that are doubted', () => {
  const lfs = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 6\n`;

  it.each<[string, BaseFiles, string]>([
    [
      'are new',
      baseOf({ 'inputs.npy': 'inputs' }, ['labels.npy']),
      'the base has none, and the change brings it',
    ],
    [
      'are brought by a change of what DVC fetches',
      baseOf({ 'inputs.npy': 'inputs' }, ['labels.npy.dvc']),
      'the base has none, and the change brings it',
    ],
    [
      'may be among the files that GitHub does not tell',
      baseOf({ 'inputs.npy': 'inputs' }, [], { changed: { files: [], complete: false } }),
      'the base has none, and the change brings it',
    ],
    [
      'are in Git LFS',
      baseOf({ ...data, 'labels.npy': lfs }, ['labels.npy']),
      `Git LFS keeps the base's version of "labels.npy", which is not fetched`,
    ],
    [
      'cannot be read',
      baseOf(data, ['labels.npy'], { read: async () => undefined }),
      'the base has no "labels.npy"',
    ],
    [
      'are of a base whose files GitHub does not tell',
      baseOf({}, ['labels.npy'], { tree: undefined }),
      'GitHub does not tell what the base has of it',
    ],
  ])('%s', async (_, base, why) => {
    write({ ...data, 'labels.npy': 'own' });
    expect(await find(base)).toEqual({
      copies: {},
      doubts: [`"labels.npy" measures the change, and may be its own: ${why}`],
    });
  });

  it('are not what the job makes itself, where the change has no part in it', async () => {
    write(data);
    expect(await find(baseOf({}, ['tiny.onnx']))).toEqual({ copies: {}, doubts: [] });
    expect(await find(baseOf({}, ['tiny.onnx'], { tree: undefined }))).toEqual({ copies: {}, doubts: [] });
  });

  it('are seen behind a link', async () => {
    write({ 'inputs.npy': 'inputs', 'own.npy': 'own' });
    symlinkSync('own.npy', join(root, 'labels.npy'));
    expect((await find(baseOf(data, ['labels.npy', 'own.npy']))).copies).toEqual({
      'labels.npy': 'labels.npy',
    });
    expect(copied('labels.npy')).toBe('labels');
  });

  it('are behind a link of the base to what the change changes', async () => {
    write({ 'inputs.npy': 'inputs', 'store/l.npy': 'own' });
    symlinkSync('store/l.npy', join(root, 'labels.npy'));
    const files = { 'inputs.npy': 'inputs', 'labels.npy': 'store/l.npy', 'store/l.npy': 'labels' };
    expect(await find(baseOf(files, ['store/l.npy']))).toEqual({
      copies: {},
      doubts: [
        '"labels.npy" measures the change, and may be its own: "labels.npy" is a link, and what it leads to is not as in the base commit',
      ],
    });
  });

  it.each([
    ['are behind a link of the base to a folder that the change changes', baseOf],
    [
      'likewise where GitHub does not tell what the base has',
      (files: Readonly<Record<string, string>>, changed: readonly string[]) =>
        baseOf(files, changed, { tree: undefined }),
    ],
  ])('%s', async (_, of) => {
    write({ 'inputs.npy': 'inputs', 'store/labels.npy': 'own' });
    symlinkSync('store', join(root, 'set'));
    const files = { 'inputs.npy': 'inputs', set: 'store', 'store/labels.npy': 'labels' };
    const { copies, doubts } = await find(
      of(files, ['store/labels.npy']),
      config('inputs.npy', 'set/labels.npy'),
    );
    expect([copies, doubts]).toEqual([{}, [expect.stringContaining('"set/labels.npy" measures the change')]]);
  });

  it('are images behind such a link', async () => {
    const files = {
      'l.csv': 'file,label\nset/1.png,1\n',
      'labels.npy': 'labels',
      set: 'store',
      'store/1.png': '1',
    };
    write({ 'l.csv': files['l.csv'], 'labels.npy': 'labels', 'store/1.png': 'own' });
    symlinkSync('store', join(root, 'set'));
    expect((await find(baseOf(files, ['store/1.png']), config('l.csv'))).doubts).toHaveLength(1);
  });

  it('are not doubted behind a link where something beside is another', async () => {
    const files = {
      'l.csv': 'file,label\n1.png,1\n2.png,1\n',
      'labels.npy': 'labels',
      '1.png': 'a.png',
      'a.png': 'a',
      '2.png': 'b',
    };
    write({ 'l.csv': files['l.csv'], 'labels.npy': 'labels', 'a.png': 'a', '2.png': 'own' });
    symlinkSync('a.png', join(root, '1.png'));
    expect((await find(baseOf(files, ['2.png']), config('l.csv'))).doubts).toEqual([]);
    expect([copied('1.png'), copied('2.png')]).toEqual(['a', 'b']);
  });

  it('are more than are fetched', async () => {
    const files = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`set/${i}.pb`, 'a']));
    write({ 'set/0.pb': 'own', 'labels.npy': 'labels' });
    const base = baseOf({ ...files, 'labels.npy': 'labels' }, ['set/0.pb']);
    expect((await find(base, config('set'))).doubts).toEqual([
      expect.stringContaining('more than 2000 files'),
    ]);
  });
});
