import { describe, expect, it } from 'vitest';
import { examine, GATE, healthy, OTHER, REPORT, withGate } from './examined.ts';

describe('the required check', () => {
  const lines = async (files: Readonly<Record<string, string>>) =>
    (await examine({ ...healthy, ...files })).lines.filter((line) => !line.startsWith('nothing is wrong'));
  const beside = (text: string) => lines({ '.github/workflows/other.yml': text });
  const standIn = (job: string) => [
    expect.stringMatching(
      new RegExp(
        `^\\.github/workflows/other\\.yml:\\d+:3: job "${job}" makes check "gate" as the gate does, .*: give it another name$`,
      ),
    ),
  ];

  it('is made by one job: not by another of that key or name, in another workflow or the same', async () => {
    expect(await beside(OTHER)).toEqual([]);
    expect(await beside(OTHER.replace('lint:', 'gate:'))).toEqual(standIn('gate'));
    expect(await beside(OTHER.replace('lint:', 'lint:\n    name: gate'))).toEqual(standIn('lint'));
    expect(await beside(OTHER.replace('pull_request', 'push').replace('lint:', 'gate:'))).toEqual(
      standIn('gate'),
    );
    expect(
      await lines(
        withGate(['jobs:\n', "jobs:\n  a:\n    name: gate\n    runs-on: x\n    steps: [{ run: 'true' }]\n"]),
      ),
    ).toEqual([expect.stringContaining('job "a" makes check "gate"')]);
  });

  it('is made by one workflow of quantgate only', async () => {
    expect(await beside(GATE)).toEqual(standIn('gate'));
  });

  it('may share its name with jobs on commits of the default branch', async () => {
    expect(await beside(OTHER.replace('pull_request', '{ schedule: [] }').replace('lint:', 'gate:'))).toEqual(
      [],
    );
  });

  it.each([
    ['another name', ['  gate:\n    runs', '  judge:\n    runs'], 'judge'],
    ['another title', ['    runs-on', '    name: Judge\n    runs-on'], 'Judge'],
    ['a matrix', ['    runs-on', '    strategy: { matrix: { model: [a, b] } }\n    runs-on'], 'gate (…)'],
  ] as [string, [string, string], string][])('is not made by a job with %s', async (_, edit, name) => {
    expect(await lines(withGate(edit))).toEqual([
      `.github/workflows/gate.yml:12:3: job "${name === 'judge' ? 'judge' : 'gate'}" makes check "${name}", and no job that judges makes "gate": let a plain job of that name judge, or wait for those that do, or name another check with --check`,
    ]);
  });

  it('is not made by a workflow that another one calls', async () => {
    const called = GATE.replace(/on:\n[\s\S]*merge_group:/, 'on:\n  workflow_call:');
    const calls = GATE.replace(/ {2}gate:[\s\S]*/, '  call:\n    uses: ./.github/workflows/gate.yml\n');
    const found = await lines({ '.github/workflows/gate.yml': called, '.github/workflows/calls.yml': calls });
    expect(found).toEqual([
      expect.stringMatching(/calls\.yml:12:3: job "call" makes check "call \/ gate", and no job/),
    ]);
  });

  it('is made by a job that waits for those that judge, unless it is skipped when one fails', async () => {
    const waiting = "  gate:\n    needs: judge\n    runs-on: x\n    steps: [{ run: 'true' }]\n";
    const edits: [string, string][] = [['  gate:\n    runs-on', `${waiting}  judge:\n    runs-on`]];
    expect(await lines(withGate(...edits))).toEqual([
      '.github/workflows/gate.yml:12:3: job "gate" is skipped where one that it needs fails, and a skipped job satisfies a required check: add "if: always()"',
    ]);
    expect(await lines(withGate(...edits, ['needs: judge', 'needs: [judge]\n    if: always()']))).toEqual([]);
  });

  it('is not made by a push to any branch or tag', async () => {
    const found = (push: string) => lines(withGate(['  merge_group:', `  merge_group:\n  push:${push}`]));
    expect(await found('\n    branches: [main]')).toEqual([]);
    for (const push of [
      '',
      "\n    branches: ['**']",
      '\n    branches-ignore: [x]',
      '\n    branches: [main]\n    tags: [v1]',
    ])
      expect(await found(push)).toEqual([
        expect.stringMatching(/gate\.yml:6:3: a push of any branch or tag/),
      ]);
  });
});

it.each(['', '        with:\n          persist-credentials: true\n'])(
  'a checkout beside quantgate that keeps its token is found: %j',
  async (given) => {
    const kept = '        with:\n          persist-credentials: false\n';
    expect((await examine(withGate([kept, given]))).lines).toEqual([
      expect.stringMatching(
        /gate\.yml:15:15: this checkout leaves .*: add "with: { persist-credentials: false }"$/,
      ),
    ]);
    const report = REPORT.replace(kept, given);
    expect((await examine({ ...healthy, '.github/workflows/report.yml': report })).lines).toHaveLength(1);
    expect(
      (
        await examine({
          ...healthy,
          '.github/workflows/o.yml': OTHER.replace("{ run: 'true' }", '{ uses: actions/checkout@v7 }'),
        })
      ).lines,
    ).toEqual(['nothing is wrong in this working tree']);
  },
);
