import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dvcOutputs, dvcPaths } from '../../../../src/cli/init/dvc.ts';
import { askGit, defaultBranch, gitIn } from '../../../../src/cli/init/git.ts';
import { ignoreText } from '../../../../src/cli/init/ignore-text.ts';
import { installedCommit } from '../../../../src/cli/init/installed-commit.ts';
import { surveyOf } from '../../../../src/cli/init/survey.ts';

function folder(...paths: string[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'quantgate-tree-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  return root;
}

const survey = (root: string, ignored: string[] = [], tracked: string[] = [], now = () => 0) =>
  surveyOf(root, new Set(ignored), new Set(tracked), now);

describe('what lies in a folder', () => {
  it('is models and data, with pictures and tensors counted', async () => {
    const root = folder(
      'a.onnx',
      'd/x.npy',
      'd/i/1.png',
      'd/i/2.JPG',
      't/0.pb',
      'README.md',
      '.gitattributes',
    );
    expect(await survey(root)).toEqual({
      files: ['.gitattributes', 'a.onnx', 'd/x.npy'],
      pictures: new Map([['d/i', 2]]),
      tensors: new Map([['t', 1]]),
      cut: undefined,
    });
  });

  it('is nothing that is hidden, installed, linked, or unspeakable', async () => {
    const root = folder(
      'node_modules/p/a.onnx',
      '.cache/a.onnx',
      'quantgate-out/a.onnx',
      'x\u001b[31m.onnx',
      'b\\c.onnx',
    );
    symlinkSync('/', join(root, 'everything'));
    symlinkSync('/etc/hostname', join(root, 'link.onnx'));
    expect((await survey(root)).files).toEqual([]);
  });

  it('is nothing that git ignores, unless DVC has it', async () => {
    const root = folder('build/a.onnx', 'd/x.npy', 'd/x.npy.dvc', 'd/y.npy', 'out/z.npy');
    const { files } = await survey(root, ['build/', 'd/x.npy', 'd/y.npy', 'out/'], ['out']);
    expect(files).toEqual(['d/x.npy', 'd/x.npy.dvc', 'out/z.npy']);
  });

  it('is the nearest of what is too deep or takes too long, which it says', async () => {
    const root = folder('a.onnx', `${'d/'.repeat(30)}b.onnx`);
    expect((await survey(root)).files).toEqual(['a.onnx']);
    let clock = 0;
    const slow = await survey(root, [], [], () => (clock += 9000));
    expect(slow.cut).toBe('that took longer than 20 seconds');
  });
});

describe('git', () => {
  it('says what it ignores, where the folder lies, and its branch', async () => {
    const root = folder('.gitignore', 'a/build/x.onnx', 'a/kept.onnx', 'a/seen.npy');
    writeFileSync(join(root, '.gitignore'), 'build/\n*.npy\n');
    execFileSync('git', ['init', '-q', '-b', 'trunk'], { cwd: root });
    expect(await askGit(gitIn(join(root, 'a')))).toEqual({
      prefix: 'a/',
      ignored: new Set(['build/', 'seen.npy']),
      branch: { name: 'trunk', isKnown: true },
    });
  });

  it('runs no program that the settings of a repository name', async () => {
    const root = folder('a.onnx');
    execFileSync('git', ['init', '-q'], { cwd: root });
    const mark = join(root, 'ran');
    execFileSync('git', ['config', 'core.fsmonitor', `touch ${mark}; false`], { cwd: root });
    await askGit(gitIn(root));
    expect((await surveyOf(root, new Set(), new Set(), () => 0)).files).toEqual(['a.onnx']);
    expect(() => execFileSync('test', ['-e', mark])).toThrow();
  });

  it.each([
    [{ remoteHead: 'refs/remotes/origin/dev\n', head: 'refs/heads/x\n', refs: [] }, 'dev', true],
    [
      { remoteHead: undefined, head: 'refs/heads/x\n', refs: ['refs/remotes/origin/master', 'refs/heads/x'] },
      'master',
      true,
    ],
    [{ remoteHead: undefined, head: 'refs/heads/x\n', refs: [] }, 'x', true],
    [
      { remoteHead: undefined, head: 'refs/heads/x\n', refs: ['refs/heads/x', 'refs/heads/main'] },
      'main',
      true,
    ],
    [{ remoteHead: undefined, head: undefined, refs: ['refs/heads/x', 'refs/heads/y'] }, 'main', false],
    [{ remoteHead: 'refs/remotes/origin/a+b!\n', head: undefined, refs: [] }, 'main', false],
  ])('%j has the default branch %s', (known, name, isKnown) => {
    expect(defaultBranch(known)).toEqual({ name, isKnown });
  });
});

describe('the commit of quantgate that is installed', () => {
  const sha = 'b'.repeat(40);
  const lock = (resolved: string, version = '1.2.3') =>
    JSON.stringify({ packages: { '': {}, 'node_modules/quantgate': { version, resolved } } });
  it('is that of a package-lock.json', () => {
    const known = { commit: sha, version: '1.2.3' };
    expect(installedCommit(lock(`git+ssh://git@github.com/quantgate/quantgate.git#${sha}`))).toEqual(known);
    expect(installedCommit(lock(`git+https://github.com/quantgate/quantgate.git#${sha}`))).toEqual(known);
  });
  it.each([
    lock(`git+ssh://git@github.com/other/quantgate.git#${sha}`),
    lock('https://registry.example/quantgate-1.2.3.tgz'),
    lock(`git+ssh://git@github.com/quantgate/quantgate.git#${sha}`, '1.2.3\n- run: x'),
    '{"packages": {}}',
    '[',
  ])('is none of %s', (text) => {
    expect(installedCommit(text)).toBeUndefined();
  });
});

it.each([
  ['', 'quantgate-out/\n'],
  ['a', 'a\nquantgate-out/\n'],
  ['a\r\n', 'a\r\nquantgate-out/\r\n'],
  ['/quantgate-out\n', undefined],
  ['x\nquantgate-out/', undefined],
])('.gitignore %j becomes %j', (text, expected) => {
  expect(ignoreText(text)).toBe(expected);
});

it('what DVC tracks is what stands beside its files, and what its stages make', () => {
  const outputs = dvcOutputs(
    'stages:\n  train:\n    cmd: x\n    outs:\n    - path: models/m.onnx\n      md5: a\n',
  );
  expect(dvcPaths(['d/x.npy.dvc', 'a.onnx'], outputs)).toEqual(['d/x.npy', 'models/m.onnx']);
  expect(dvcOutputs('stages: [')).toEqual([]);
});
