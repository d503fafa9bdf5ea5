import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowed, baseCode, decidesPackages, renamedBecause } from '../../../src/action/change/base-code.ts';
import type { BaseFiles } from '../../../src/action/change/base-data.ts';
import { blobId } from '../../../src/action/change/content-id.ts';
import { unseenData } from '../../../src/action/change/unseen-data.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { baseConfig } from '../../support/action-world.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'quantgate-code-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const base = { 'm.mjs': 'm', 'lib/help.js': 'help', 'table.json': '{}', 'a.txt': 'a' };
const here = (files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};
const baseFiles = (changed: readonly string[], given: Partial<BaseFiles> = {}): BaseFiles => ({
  tree: new Map(Object.entries(base).map(([name, content]) => [name, blobId(Buffer.from(content), 'sha1')])),
  changed: {
    files: changed.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
    complete: true,
  },
  read: async (path) => Buffer.from(base[path as keyof typeof base]),
  ...given,
});
const withMetric = parseConfig(baseConfig.replace('metric: top1', 'metric: ./m.mjs'), 'q.yml');
const codeOf = (files: BaseFiles) => baseCode(withMetric, root, files);

describe('code of the checkout', () => {
  const runs = async (changed: readonly string[], path: string, content: string) =>
    allowed((await codeOf(baseFiles(changed)))!, path, () => Buffer.from(content));

  it('runs where it is that of the base', async () => {
    here(base);
    expect(await runs([], 'm.mjs', 'm')).toEqual({ run: 'file' });
    expect((await codeOf(baseFiles([])))!.changed).toEqual([]);
  });

  it('is replaced by that of the base where it is another', async () => {
    here({ ...base, 'lib/help.js': 'own', 'table.json': '[]' });
    expect(await runs(['lib/help.js'], 'lib/help.js', 'own')).toEqual({
      run: 'base',
      source: Buffer.from('help'),
    });
    expect(await runs([], 'table.json', '[]')).toEqual({ run: 'base', source: Buffer.from('{}') });
    expect((await codeOf(baseFiles(['new.mjs'])))!.changed.toSorted()).toEqual([
      'lib/help.js',
      'new.mjs',
      'table.json',
    ]);
  });

  it('does not run where the base has none, or another that is no code there', async () => {
    here(base);
    expect(await runs([], 'new.mjs', 'x')).toEqual({
      run: 'nothing',
      why: 'new.mjs is not in the base commit, so its code does not run',
    });
    expect(await runs([], 'a.txt', 'own')).toEqual({
      run: 'nothing',
      why: 'a.txt is not as in the base commit, so its code does not run',
    });
  });

  it('may be of packages that the job installs, unless the change decides which', async () => {
    here(base);
    expect(await runs(['README.md'], 'node_modules/x/x.js', 'x')).toEqual({ run: 'file' });
    for (const path of ['package.json', 'ml/package-lock.json', 'node_modules/x/x.js', '.npmrc'])
      expect(await runs([path], 'node_modules/x/x.js', 'x'), path).toMatchObject({ run: 'nothing' });
    const cut = { files: [], complete: false };
    const unknown = await codeOf(baseFiles([], { changed: cut }));
    expect(allowed(unknown!, 'node_modules/x/x.js', () => Buffer.from('x'))).toMatchObject({
      run: 'nothing',
    });
    expect(decidesPackages({ path: 'a', previousPath: 'yarn.lock', status: 'renamed' })).toBe(true);
  });

  it.each([
    ['a file', 'm.mjs', 'm.mjs', 'm2.mjs'],
    ['a folder', 'lib/help.js', 'lib', 'lib2'],
  ])('does not run at all where %s is a link now', async (_, path, link, to) => {
    here({ ...base, [path.replace(link, to)]: 'own' });
    rmSync(join(root, link), { recursive: true });
    symlinkSync(to, join(root, link));
    await expect(codeOf(baseFiles([path]))).rejects.toThrow(
      `"${path}" is a link that the base does not have`,
    );
  });

  it('is of no interest where the configuration names no module', async () => {
    expect(await baseCode(parseConfig(baseConfig, 'q.yml'), root, baseFiles([]))).toBeUndefined();
  });

  it('does not run at all where GitHub does not tell what the base has', async () => {
    await expect(codeOf(baseFiles([], { tree: undefined }))).rejects.toThrow(
      'GitHub does not tell which code the base has, so that of module "./m.mjs" does not run',
    );
  });
});

describe('the name of code', () => {
  const named = async (
    files: Readonly<Record<string, string>>,
    changed: readonly { readonly path: string; readonly status: string }[],
  ) => {
    here(files);
    const told = { files: changed.map((each) => ({ ...each, previousPath: undefined })), complete: true };
    return (await codeOf(baseFiles([], { changed: told })))!;
  };
  const added = (path: string) => [{ path, status: 'added' }];
  const moved = 'the change of package.json may decide that m.js is loaded, or how, so its code does not run';

  it('stands for what it does in the base', async () => {
    const code = await named(base, []);
    for (const isWhole of [true, false]) expect(renamedBecause(code, 'm.js', isWhole)).toBeUndefined();
  });

  it('may stand for another file by a new package.json, unless it is a whole one', async () => {
    const code = await named(
      { ...base, 'package.json': '{"imports":{"#m":"./n.mjs"}}' },
      added('package.json'),
    );
    expect(renamedBecause(code, 'm.js', false)).toBe(moved);
    // It says of a .js whether it is a module.
    expect(renamedBecause(code, 'm.js', true)).toBe(moved);
    expect(renamedBecause(code, 'm.mjs', true)).toBeUndefined();
    expect(renamedBecause(code, 'node_modules/x/x.js', false)).toBeUndefined();
  });

  it('may stand for another file where one is removed or renamed', async () => {
    const removed = await named(base, [{ path: 'lab.js', status: 'removed' }]);
    expect(renamedBecause(removed, 'lab/index.js', false)).toMatch(/^the change of lab\.js may decide/);
    expect(renamedBecause(removed, 'lab/index.js', true)).toBeUndefined();
  });

  it.each([
    ['its version', '{"name":"a","version":"2"}', undefined],
    ['its imports', '{"name":"a","imports":{}}', moved],
    ['all of it', 'no JSON', moved],
  ])('stands for what it does where the package.json of the base changes %s', async (_, text, why) => {
    const known = { ...base, 'package.json': '{"name":"a","version":"1"}' };
    here({ ...base, 'package.json': text });
    const tree = new Map(
      Object.entries(known).map(([name, content]) => [name, blobId(Buffer.from(content), 'sha1')]),
    );
    const read = async (path: string) => Buffer.from(known[path as keyof typeof known]);
    const code = (await codeOf(baseFiles(['package.json'], { tree, read })))!;
    expect(renamedBecause(code, 'm.js', false)).toBe(why);
  });
});

describe('what a module may read', () => {
  const unseen = (changed: readonly string[], given: Partial<BaseFiles> = {}) =>
    unseenData(withMetric, { root, folder: '.', inRepository: 'q.yml' }, baseFiles(changed, given));

  it('is every file that the change changes, but for models, code and what says what it is about', async () => {
    const others = [
      'm.mjs',
      'lib/help.js',
      'README.md',
      'signs.onnx',
      'q.yml',
      'package.json',
      '.github/x.yml',
    ];
    expect(await unseen(others)).toEqual([]);
    const tree = new Map(['boxes.bin', 'x.bin', 'y.bin', 'z.bin'].map((path) => [path, '0'.repeat(40)]));
    expect(await unseen(['boxes.bin'], { tree })).toEqual([
      'module "./m.mjs" reads what it likes, and the change changes "boxes.bin"',
    ]);
    expect(await unseen([...tree.keys()], { tree })).toEqual([
      'module "./m.mjs" reads what it likes, and the change changes "boxes.bin", "x.bin", "y.bin" and 1 more',
    ]);
  });

  it.each([
    ['labels in a text', 'a.txt'],
    ['boxes in JSON, which is code only where it is imported', 'table.json'],
    ['a file in a folder that is listed', 'set/new.bin'],
    ['what the configuration names as data', 'labels.npy'],
    ['the folder of a model, which is a link now', 'models'],
  ])('may be %s', async (_, path) => {
    const inFolder = parseConfig(
      baseConfig.replace('metric: top1', 'metric: ./m.mjs').replace('path: signs', 'path: models/signs'),
      'q.yml',
    );
    const found = await unseenData(inFolder, { root, folder: '.', inRepository: 'q.yml' }, baseFiles([path]));
    expect(found).toEqual([`module "./m.mjs" reads what it likes, and the change changes "${path}"`]);
  });

  it('is what it was and what it is where it is renamed', async () => {
    for (const [path, previousPath] of [
      ['a.bin', 'a.md'],
      ['a.md', 'a.bin'],
    ])
      expect(
        await unseen([], { changed: { files: [{ path, previousPath, status: 'renamed' }], complete: true } }),
      ).toHaveLength(1);
  });

  it('is not known where GitHub does not tell all', async () => {
    const why = [
      'module "./m.mjs" reads what it likes, and GitHub does not tell all that the change changes',
    ];
    expect(await unseen([], { changed: { files: [], complete: false } })).toEqual(why);
    expect(await unseen([], { changed: undefined })).toEqual(why);
  });
});
