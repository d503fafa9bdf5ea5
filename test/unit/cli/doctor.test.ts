import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWorkflow } from '../../../src/cli/doctor/workflow.ts';
import { UserError } from '../../../src/errors.ts';
import { sampleConfig } from '../../support/sample-configs.ts';
import { examine, GATE, healthy, OWNERS, PERMISSIONS, REPORT, run, sha, withGate } from './examined.ts';

describe('quantgate doctor', () => {
  it('finds nothing wrong in a healthy repository', async () => {
    expect(await examine(healthy)).toMatchObject({
      code: 0,
      lines: ['nothing is wrong in this working tree'],
    });
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no permissions', withGate([PERMISSIONS, '']), /gate\.yml:7:3: job "gate" gets whatever/],
    [
      'permissions that the gate lacks',
      withGate(['  checks: read\n', '']),
      /gate\.yml:17:15: job "gate" lacks permissions that mode gate needs: add "checks: read" to its permissions$/,
    ],
    [
      'permissions that all are taken away',
      withGate([PERMISSIONS, 'permissions:\n']),
      /lacks .*: add "contents: read, actions: read, checks: read, pull-requests: read"/,
    ],
    [
      'a verdict that stays when the base changes',
      withGate(['\n    types: [opened, synchronize, reopened, edited]', '']),
      /gate\.yml:3:3: a pull request that passes on one base keeps .*: add "types: \[opened, .*, edited\]" to pull_request$/,
    ],
    [
      'a path filter',
      withGate(['pull_request:\n', 'pull_request:\n    paths: [models/**]\n']),
      /gate\.yml:4:5: where paths leaves .* pending for ever: remove paths$/,
    ],
    ['no merge_group', withGate(['  merge_group:\n', '']), /gate\.yml:2:1: without merge_group/],
    [
      'a tag',
      withGate([`@${sha}`, '@v1']),
      /gate\.yml:18:15: "quantgate\/quantgate@v1" is not pinned to a commit/,
    ],
    ['a placeholder', withGate([sha, '0'.repeat(40)]), /names no commit yet/],
    [
      'an action of others by branch',
      withGate(['actions/checkout@v7', 'evil/checkout@main']),
      /"evil\/checkout@main" is not/,
    ],
    [
      'a container by tag',
      withGate(['actions/checkout@v7', 'docker://alpine:3']),
      /is not pinned to a digest/,
    ],
    [
      'a called workflow by tag',
      withGate(['jobs:\n', 'jobs:\n  other:\n    uses: a/b/.github/workflows/c.yml@v1\n']),
      /c\.yml@v1" is not/,
    ],
    [
      'pull_request_target',
      withGate(['  merge_group:', '  merge_group:\n  pull_request_target:']),
      /gate\.yml:6:3: pull_request_target runs/,
    ],
    [
      'a write token',
      withGate(['checks: read', 'checks: write']),
      /job "gate" parses models .* holds checks: write/,
    ],
    [
      'a step whose failure does not count',
      withGate([`@${sha}`, `@${sha}\n        continue-on-error: true`]),
      /gate\.yml:19:9: job "gate" passes whatever quantgate says: remove continue-on-error$/,
    ],
    ['write-all', withGate([PERMISSIONS, 'permissions: write-all\n']), /holds write-all/],
    [
      'no owner of the config',
      { ...healthy, '.github/CODEOWNERS': OWNERS.replace('/quantgate.yml @acme/ml\n', '') },
      /quantgate\.yml has no owner/,
    ],
    [
      'no CODEOWNERS',
      { 'quantgate.yml': sampleConfig, '.github/workflows/gate.yml': GATE },
      /workflows\/gate\.yml has no owner/,
    ],
    [
      'LFS by attribute',
      { ...healthy, '.gitattributes': '*.onnx filter=lfs diff=lfs merge=lfs -text\n' },
      /gate\.yml:15:15: .*LFS.*lfs: true/,
    ],
    ['an LFS pointer', { ...healthy, 'm.onnx': 'version https://git-lfs.github.com/spec/v1\n' }, /LFS/],
    [
      'a report that waits for another workflow',
      { ...healthy, '.github/workflows/report.yml': REPORT.replace('[gate]', '[quantgate]') },
      /report\.yml:4:16: no workflow that judges .* has this name, .*: write "gate"$/,
    ],
    [
      'no workflow',
      { 'quantgate.yml': sampleConfig, '.github/CODEOWNERS': '* @acme/ml\n' },
      /no workflow runs quantgate/,
    ],
    [
      'no config',
      { '.github/workflows/gate.yml': GATE, '.github/CODEOWNERS': '* @a\n' },
      /^quantgate\.yml: is missing: npx --no -- quantgate init/,
    ],
    [
      'a config that is wrong',
      { ...healthy, 'quantgate.yml': 'version: 2\n' },
      /^quantgate\.yml:1:10: version/,
    ],
    [
      'YAML that is wrong',
      { ...healthy, '.github/workflows/b.yml': 'a: [' },
      /^\.github\/workflows\/b\.yml:1:/,
    ],
    [
      'YAML that is no workflow',
      { ...healthy, '.github/workflows/b.yml': 'on: push\njobs: 7\n' },
      /b\.yml:2:7: is no workflow \(jobs/,
    ],
  ])('finds %s, in one line, and ends with 1', async (_, files, line) => {
    const { code, lines } = await examine(files);
    expect(
      lines.filter((each) => line.test(each)),
      lines.join('\n'),
    ).toHaveLength(1);
    expect(code).toBe(1);
  });

  it('allows write tokens where a report is read and no model', async () => {
    expect(await examine({ ...healthy, '.github/workflows/report.yml': REPORT })).toMatchObject({ code: 0 });
  });

  it('does not follow a link out of the repository', async () => {
    const { cwd } = await examine(healthy);
    symlinkSync('/etc/hostname', join(cwd, '.github/workflows/link.yml'));
    expect((await run(cwd)).lines).toEqual([
      expect.stringMatching(/^\.github\/workflows\/link\.yml: is no regular file/),
    ]);
  });
});

describe('any text', () => {
  it('is a workflow or a UserError of one line', () => {
    const piece = fc.constantFrom(
      'on: ',
      'jobs:\n',
      '  a:\n',
      '    steps: ',
      '[',
      ']',
      '{',
      '}',
      '- uses: ',
      'x@v1',
      '\n',
      '&a',
      '*a',
      '!!t',
      '"',
      ': ',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parseWorkflow(text, 'w.yml');
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            expect((error as Error).message).toMatch(/^w\.yml.*$/);
          }
        },
      ),
    );
  });
});
