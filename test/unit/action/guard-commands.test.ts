import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobId } from '../../../src/action/change/content-id.ts';
import { refusalOfCommands } from '../../../src/action/change/guard-commands.ts';
import { judgingOf } from '../../../src/action/change/judging-config.ts';
import { codeOf, namedBy } from '../../../src/action/change/watched-files.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { baseConfig } from '../../support/action-world.ts';
import { externalized } from '../../support/external-data.ts';
import { tinyClassifier } from '../../support/models.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'quantgate-commands-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const withCommand = (command: string) =>
  parseConfig(baseConfig.replace('metric: top1', `metric: { command: ${command} }`), 'quantgate.yml');
const config = withCommand('[python, eval.py, notes.md]');
const [model] = config.models;

const base = { 'eval.py': 'e', 'lib/help.py': 'h', 'notes.md': 'n', 'README.md': 'r', [model!.path]: 'm' };
const here = (files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};
const tree = new Map(
  Object.entries(base).map(([name, content]) => [name, blobId(Buffer.from(content), 'sha1')]),
);
const place = () => ({ root, folder: '', inRepository: 'quantgate.yml' });
const refusal = (changed: readonly string[], given = config, complete = true) =>
  refusalOfCommands(given, place(), {
    tree,
    changed: {
      files: changed.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
      complete,
    },
  });

describe('the commands of a configuration', () => {
  it('run where the change changes models, prose and the configuration alone', async () => {
    here({ ...base, 'README.md': 'new', [model!.path]: 'new' });
    expect(await refusal([model!.path, `${model!.path}.data`, 'README.md', 'quantgate.yml'])).toBeUndefined();
  });

  it.each([
    'eval.py',
    'lib/help.py',
    'lib/new.py',
    'labels.npy',
    'notes.md',
    '.github/eval.sh',
    'sitecustomize.py',
    'requirements.txt',
  ])('do not run where it changes %s', async (path) => {
    here(base);
    expect(await refusal([model!.path, path])).toBe(
      `the change changes ${JSON.stringify(path)}, which it may run or read: merge that by itself first`,
    );
  });

  it.each(['lib/weights.py', 'labels.bin'])(
    'do not run where it changes %s, which the model names as its own',
    async (path) => {
      here({ ...base, [path]: 'own' });
      writeFileSync(join(root, model!.path), externalized(tinyClassifier(), path).model);
      expect(await refusal([model!.path, path])).toMatch(/^the change changes .+, which it may run or read/);
    },
  );

  it('do not run where a model is a link to what it changes', async () => {
    here(base);
    rmSync(join(root, model!.path));
    symlinkSync(join(root, 'eval.py'), join(root, model!.path));
    expect(await refusal([model!.path, 'eval.py'])).toMatch(/^the change changes "eval\.py"/);
  });

  it('do not run where a file is what it was in an older commit', async () => {
    here({ ...base, 'lib/help.py': 'older' });
    expect(await refusal([model!.path])).toBe(
      '"lib/help.py" is not as in the base commit, and it may run or read it: update the branch',
    );
  });

  it('do not run where GitHub does not tell all that the change changes', async () => {
    here(base);
    expect(await refusal([], config, false)).toMatch(/^GitHub does not tell all/);
  });

  it('are none of what is asked for where there are none', async () => {
    const without = parseConfig(baseConfig, 'quantgate.yml');
    expect(await refusal(['eval.py'], without)).toBeUndefined();
    expect(codeOf(without)).toEqual([]);
  });

  it('are code: those that a change proposes do not run', () => {
    expect(codeOf(config)).toEqual(['command "python eval.py notes.md"']);
    const own = { config: withCommand('[sh, own.sh]') };
    expect(judgingOf({ config }, own).proposed).toMatchObject({
      problem: expect.stringContaining('command "sh own.sh" is not in the configuration of the base'),
    });
    expect(() => judgingOf({ absent: 'there is none' }, own)).toThrow(
      'there is none, so the code of command "sh own.sh" does not run: merge it first',
    );
  });

  it('have files that need owners', async () => {
    here(base);
    const modules = (await namedBy(config, place())).filter(({ kind }) => kind === 'module');
    expect([...new Set(modules.map(({ path }) => path))]).toEqual(['eval.py', 'notes.md']);
  });
});
