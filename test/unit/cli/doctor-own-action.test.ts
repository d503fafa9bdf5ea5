import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examine, healthy, OWNERS, run, sha, withGate } from './examined.ts';

const ACTION = 'name: quantgate\nruns: { using: node24, main: dist/action.js }\n';
const code = (folder = '') => ({
  [`${folder}action.yml`]: ACTION,
  [`${folder}dist/action.js`]: 'x',
  [`${folder}runtime/package.json`]: '{}',
});
const owners = (folder = '') => ({
  '.github/CODEOWNERS': `${OWNERS}/${folder}action.yml @acme/ml\n/${folder}dist/ @acme/ml\n/${folder}runtime/ @acme/ml\n`,
});
/** The healthy repository whose gate is an action of its own, with further edits of the workflow. */
const gatedBy = (uses: string, ...edits: [string, string][]) =>
  withGate([`quantgate/quantgate@${sha}`, uses], ...edits);
const NOTHING = ['nothing is wrong in this working tree'];
const none = expect.stringContaining('no workflow runs quantgate');

describe('a gate by an action of the repository itself', () => {
  it.each([
    ['./', ''],
    ['./ci/quantgate', 'ci/quantgate/'],
    ['./ci/judge/', 'ci/judge/'],
    ['$/ci/judge', 'ci/judge/'],
  ])('is one where %s is quantgate', async (uses, folder) => {
    const files = { ...gatedBy(uses), ...code(folder), ...owners(folder) };
    expect(await examine(files)).toMatchObject({ code: 0, lines: NOTHING });
    const passing = {
      ...files,
      ...gatedBy(uses, [`uses: ${uses}\n`, `uses: ${uses}\n        continue-on-error: true\n`]),
      ...owners(folder),
    };
    expect((await examine(passing)).lines).toEqual([
      expect.stringContaining('passes whatever quantgate says'),
    ]);
  });

  it.each([
    ['another one', { 'action.yml': ACTION.replace('quantgate', 'lint') }],
    ['none', {}],
    ['no YAML', { 'action.yml': 'name: [' }],
    ['a text', { 'action.yml': 'quantgate' }],
    ['larger than any', { 'action.yml': `${ACTION}# ${'x'.repeat(2 ** 20)}\n` }],
  ])('is none where the action is %s', async (_, files) => {
    expect((await examine({ ...gatedBy('./'), ...files })).lines).toContainEqual(none);
  });

  it.each(['./../outside', './ci/../../outside'])('is none out of the repository: %s', async (uses) => {
    expect((await examine({ ...gatedBy(uses), ...code('outside/') })).lines).toContainEqual(none);
  });

  it('is none behind a link out of the repository', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'quantgate-outside-'));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, 'action.yml'), ACTION);
    const { cwd } = await examine(gatedBy('./ci/quantgate'));
    mkdirSync(join(cwd, 'ci'));
    symlinkSync(outside, join(cwd, 'ci/quantgate'));
    expect((await run(cwd)).lines).toContainEqual(none);
  });

  it('has owners of what it runs, which a pull request brings', async () => {
    expect((await examine({ ...gatedBy('./'), ...code() })).lines).toEqual(
      ['action.yml', 'dist/action.js', 'runtime/package.json'].map((file) =>
        expect.stringContaining(`${file} has no owner, so a pull request can loosen its own gate`),
      ),
    );
    expect((await examine({ ...healthy, ...code() })).lines).toEqual(NOTHING);
  });
});
