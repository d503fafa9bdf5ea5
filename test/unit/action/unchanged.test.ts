import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { contentId } from '../../../src/action/change/content-id.ts';
import type { Judging } from '../../../src/action/change/judging-config.ts';
import { contentOf } from '../../../src/action/change/same-content.ts';
import { type BaseState, unchangedBecause } from '../../../src/action/change/unchanged.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import type { ChangedFiles } from '../../../src/github/pull-request.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { baseConfig } from '../../support/action-world.ts';
import { sha } from '../../support/http-mocks.ts';
import { tinyClassifier } from '../../support/models.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantgate-unchanged-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
};
const blob = (content: string | Uint8Array) =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest('hex');
const treeOf = (files: Readonly<Record<string, string | Uint8Array>>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, blob(content)]));

describe('the content of a file', () => {
  it('has the ids that git gives to it, and to a pointer of Git LFS to it', async () => {
    write('f', 'hello\n');
    expect(await contentId(join(root, 'f'), 'sha1')).toEqual({
      // As `sha256sum`, `git hash-object f` and `git lfs pointer --file=f | git hash-object --stdin` say.
      sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
      blobs: ['ce013625030ba8dba906f756967f9e9ca394464a', POINTER],
    });
  });

  const POINTER = blob(
    'version https://git-lfs.github.com/spec/v1\noid sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\nsize 6\n',
  );

  it('of a link is where it leads, and of a folder there is none', async () => {
    symlinkSync('elsewhere', join(root, 'l'));
    mkdirSync(join(root, 'd'));
    expect((await contentId(join(root, 'l'), 'sha1'))!.blobs).toContain(blob('elsewhere'));
    expect(await contentId(join(root, 'd'), 'sha1')).toBeUndefined();
    expect(await contentId(join(root, 'gone'), 'sha1')).toBeUndefined();
  });
});

describe('beside the tree of the base', () => {
  const stateOf = async (path: string, tree: ReadonlyMap<string, string>, more: string[] = []) =>
    (await contentOf([path, ...more], root, tree)).find((each) => each.path === path)?.state;

  it('a file is the same, another, or one that git does not have', async () => {
    write('f', 'a');
    expect(await stateOf('f', treeOf({ f: 'a' }))).toBe('same');
    expect(await stateOf('f', treeOf({ f: 'b' }))).toBe('other');
    expect(await stateOf('f', treeOf({ g: 'a' }))).toBe('untracked');
    expect(await stateOf('gone', treeOf({ gone: 'a' }))).toBe('other');
    expect(await stateOf('gone', treeOf({}))).toBe('same');
  });

  it('a folder is the same where all of its files are, and no more', async () => {
    write('d/a', 'a');
    write('d/e/b', 'b');
    write('d/.git/index', 'its own');
    expect(await stateOf('d', treeOf({ 'd/a': 'a', 'd/e/b': 'b' }))).toBe('same');
    expect(await stateOf('d', treeOf({ 'd/a': 'a', 'd/e/b': 'b', 'd/c': 'c' }))).toBe('other');
    expect(await stateOf('d', treeOf({ 'd/a': 'a' }))).toBe('untracked');
  });

  it('a link is the same where what it leads to is looked at as well', async () => {
    write('v1', 'a');
    symlinkSync('v1', join(root, 'l'));
    const tree = treeOf({ l: 'v1', v1: 'a' });
    expect(await stateOf('l', tree, ['v1'])).toBe('same');
    expect(await stateOf('l', tree)).toBe('untracked');
    expect(await stateOf('l', treeOf({ l: 'v2', v1: 'a' }), ['v1'])).toBe('other');
  });

  it('what is behind a link is looked at where it is, and not compared where nobody looks there', async () => {
    write('real/f', 'a');
    symlinkSync('real', join(root, 'd'));
    const tree = treeOf({ d: 'real', 'real/f': 'a' });
    expect(await stateOf('d/f', tree, ['d', 'real/f'])).toBeUndefined();
    expect(await stateOf('d/f', tree, ['d'])).toBe('untracked');
  });

  it('a repository may have ids of SHA-256', async () => {
    write('f', 'a');
    const id = createHash('sha256').update('blob 1\0a').digest('hex');
    expect(await stateOf('f', new Map([['f', id]]))).toBe('same');
  });
});

describe('nothing has to be measured', () => {
  const files = {
    'quantgate.yml': baseConfig,
    'signs.onnx': serializeModel(tinyClassifier()),
    'inputs.npy': 'inputs',
    'labels.npy': 'labels',
  };
  beforeEach(() => {
    for (const [name, content] of Object.entries(files)) write(name, content);
  });

  const judging: Judging = {
    config: parseConfig(baseConfig, 'quantgate.yml'),
    proposed: undefined,
    problem: undefined,
    absent: undefined,
  };
  const changed = (paths: readonly string[], complete = true): ChangedFiles => ({
    files: paths.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
    complete,
  });
  const base = (given: Partial<BaseState> = {}): BaseState => ({
    commit: sha('b'),
    tree: async () => treeOf(files),
    measuredOn: async () => undefined,
    ...given,
  });
  const why = (paths = changed(['README.md']), given: Partial<Judging> = {}, at = base()) =>
    unchangedBecause(paths, { ...judging, ...given }, placeOfConfig(root, 'quantgate.yml'), at);

  it('where neither the change nor the contents have another file that a verdict depends on', async () => {
    expect(await why(changed(['README.md', 'docs/a.md']))).toBe(
      'none of the 2 changed files is a model, its data or the configuration; "quantgate.yml", "signs.onnx", "inputs.npy" and 1 more are as in base commit bbbbbbbbbbbb, by content',
    );
    expect(await why(changed([]))).toMatch(/^none of the 0 changed files/);
  });

  it.each(['signs.onnx', 'inputs.npy', 'labels.npy', 'quantgate.yml'])(
    'but not where it has %s, among others',
    async (path) => {
      expect(await why(changed(['README.md', path]))).toBeUndefined();
    },
  );

  it.each(['signs.onnx', 'inputs.npy', 'labels.npy', 'quantgate.yml'])(
    'but not where %s is another than the base has, though no list says so',
    async (path) => {
      const tree = async () => treeOf({ ...files, [path]: 'another' });
      expect(await why(undefined, {}, base({ tree }))).toBeUndefined();
    },
  );

  it('but not where GitHub cut the list of files off: what it left out may be a model', async () => {
    expect(await why(changed(['README.md'], false))).toBeUndefined();
    expect(await why(changed([], false))).toBeUndefined();
  });

  it('but not where it does not tell all that the base has', async () => {
    expect(await why(undefined, {}, base({ tree: async () => undefined }))).toBeUndefined();
  });

  it.each([
    { proposed: { problem: 'it is gone', counts: true } },
    { problem: 'that of the base is not valid' },
    { absent: 'there is none' },
  ])('but not where there is another configuration to judge by: %j', async (given) => {
    expect(await why(undefined, given)).toBeUndefined();
  });

  it('but not where a module of the user decides, which may read any file', async () => {
    const text = baseConfig.replace('metric: top1', 'metric: ./metric.mjs');
    expect(await why(undefined, { config: parseConfig(text, 'quantgate.yml') })).toBeUndefined();
  });

  it('but not where a model cannot be read', async () => {
    rmSync(join(root, 'signs.onnx'));
    expect(await why()).toBeUndefined();
  });

  it('where what git does not have is what the baseline was measured on, and only there', async () => {
    const { 'inputs.npy': _, ...tracked } = files;
    const tree = async () => treeOf(tracked);
    const [content] = await contentOf(['inputs.npy'], root, treeOf(tracked));
    const measuredOn = async () => new Map([['inputs.npy', content.sha256!]]);
    expect(await why(undefined, {}, base({ tree }))).toBeUndefined();
    expect(await why(undefined, {}, base({ tree, measuredOn }))).toMatch(
      /"inputs\.npy" is as the baseline was measured on, by content$/,
    );
    write('inputs.npy', 'others');
    expect(await why(undefined, {}, base({ tree, measuredOn }))).toBeUndefined();
  });

  it('but not where the images of a list are others', async () => {
    const text = baseConfig.replaceAll('inputs.npy', 'images/images.csv').replace(', labels: labels.npy', '');
    const list = 'file,label\na.png,1\n';
    write('images/images.csv', list);
    write('images/a.png', 'a');
    write('quantgate.yml', text);
    const all = { ...files, 'quantgate.yml': text, 'images/images.csv': list };
    const given = { config: parseConfig(text, 'quantgate.yml') };
    const beside = (image: string) => base({ tree: async () => treeOf({ ...all, 'images/a.png': image }) });
    expect(await why(undefined, given, beside('a'))).toMatch(/^none of/);
    expect(await why(undefined, given, beside('b'))).toBeUndefined();
    // Other files beside them decide nothing.
    write('images/notes.txt', 'n');
    expect(await why(undefined, given, beside('a'))).toMatch(/^none of/);
  });

  it('but not where what the baseline was measured on is gone', async () => {
    const { 'labels.npy': _, ...tracked } = files;
    rmSync(join(root, 'labels.npy'));
    const measuredOn = async () => new Map([['labels.npy', 'a'.repeat(64)]]);
    expect(await why(undefined, {}, base({ tree: async () => treeOf(tracked), measuredOn }))).toBeUndefined();
  });

  it('but not where images behind a link are others', async () => {
    const text = baseConfig.replaceAll('inputs.npy', 'data/list.csv').replace(', labels: labels.npy', '');
    const list = 'file,label\nimages/a.png,1\n';
    write('data/list.csv', list);
    write('data/cache/a.png', 'a');
    symlinkSync('cache', join(root, 'data/images'));
    write('quantgate.yml', text);
    const given = { config: parseConfig(text, 'quantgate.yml') };
    const beside = (image: string, link = 'cache') =>
      base({
        tree: async () =>
          treeOf({
            ...files,
            'quantgate.yml': text,
            'data/list.csv': list,
            'data/images': link,
            'data/cache/a.png': image,
          }),
      });
    expect(await why(undefined, given, beside('a'))).toMatch(/^none of/);
    expect(await why(undefined, given, beside('b'))).toBeUndefined();
    expect(await why(undefined, given, beside('a', 'elsewhere'))).toBeUndefined();
  });

  it.each(['.lfsconfig', '.gitattributes', 'signs.onnx.dvc', 'dvc.lock', '.dvc/config'])(
    'but not where there is a %s that the base does not have, or that it has otherwise',
    async (name) => {
      write(name, 'new');
      expect(await why()).toBeUndefined();
      const tree = async () => treeOf({ ...files, [name]: 'old' });
      expect(await why(undefined, {}, base({ tree }))).toBeUndefined();
      expect(
        await why(undefined, {}, base({ tree: async () => treeOf({ ...files, [name]: 'new' }) })),
      ).toMatch(/^none of/);
    },
  );

  it('but not where what the configuration tells to watch is another', async () => {
    const given = { config: parseConfig(`${baseConfig}watch: [export]\n`, 'quantgate.yml') };
    write('export/a.py', 'a');
    const beside = (content: string) =>
      base({ tree: async () => treeOf({ ...files, 'export/a.py': content }) });
    expect(await why(undefined, given, beside('a'))).toMatch(/^none of/);
    expect(await why(undefined, given, beside('b'))).toBeUndefined();
    const slash = { config: parseConfig(`${baseConfig}watch: [export/]\n`, 'quantgate.yml') };
    const more = base({
      tree: async () => treeOf({ ...files, 'export/a.py': 'a', 'export/b.py': 'gone here' }),
    });
    expect(await why(undefined, slash, more)).toBeUndefined();
    // What is nowhere is not watched by mistake.
    const typo = { config: parseConfig(`${baseConfig}watch: [exprt]\n`, 'quantgate.yml') };
    expect(await why(undefined, typo, beside('a'))).toBeUndefined();
  });
});
