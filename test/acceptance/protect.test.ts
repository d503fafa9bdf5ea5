import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCommit, addRepo, addToken } from '../fake-github/build.ts';
import { faults } from '../fake-github/faults.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import type { Repo } from '../fake-github/state.ts';
import { runQuantgate } from './command-line.ts';

const LONG = 60_000;

let github: Github;
let repo: Repo;
let token: string;
const start = async (host: 'github.com' | 'ghes' = 'github.com') => {
  github = await startGithub({ host });
  repo = addRepo(github.state, 'acme/models');
  token = addToken(github.state, 'acme', { administration: 'write', contents: 'read' });
};
beforeEach(() => start());
afterEach(() => github.close());

const protect = (...more: string[]) =>
  runQuantgate(['protect', '--repo', 'acme/models', ...more], {
    cwd: tmpdir(),
    env: { GITHUB_API_URL: github.urls.api, GITHUB_TOKEN: token },
  });
const done = (line: string) => ({ code: 0, stdout: `${line}\n`, stderr: '' });
const failed = (line: RegExp) => ({ code: 2, stdout: '', stderr: expect.stringMatching(line) });

/** Required checks by rulesets. */
const required = () =>
  repo.rulesets.flatMap(({ fields }) =>
    (fields.rules as { parameters: { required_status_checks: object[] } }[]).flatMap(
      ({ parameters }) => parameters.required_status_checks,
    ),
  );

describe('quantgate protect', () => {
  it('makes the gate a required check, and does nothing the second time', async () => {
    expect(await protect()).toEqual(done('created ruleset "quantgate", which requires "gate" on main'));
    expect(await protect()).toEqual(done('main requires "gate" already: nothing was changed'));
    expect(required()).toEqual([{ context: 'gate', integration_id: 15368 }]);
  });

  it('takes another job and another branch', async () => {
    addCommit(github.state, repo, { branch: 'release', files: { a: 'a' } });
    expect(await protect('--branch', 'release', '--check', 'gate (signs)')).toEqual(
      done('created ruleset "quantgate", which requires "gate (signs)" on release'),
    );
  });

  it('keeps classic protection as it is, but for the check', async () => {
    const reviews = { required_approving_review_count: 2 };
    const checks = [{ context: 'lint', app_id: null }];
    repo.protections.set('main', { checks, strict: true, enforceAdmins: true, reviews });
    expect(await protect('--classic')).toEqual(done('the protection of main requires "gate"'));
    expect(repo.protections.get('main')).toEqual({
      checks: [...checks, { context: 'gate', app_id: 15368 }],
      strict: true,
      enforceAdmins: true,
      reviews,
    });
  });

  it('falls back to classic protection where the plan has no rulesets', async () => {
    github.fault('repos/get-branch-rules', faults.forbidden);
    expect(await protect()).toEqual(done('protected main, which requires "gate"'));
    expect(repo.protections.get('main')?.checks).toEqual([{ context: 'gate', app_id: 15368 }]);
  });

  it('pins the check to the App of an Enterprise Server', async () => {
    await github.close();
    await start('ghes');
    expect((await protect()).code).toBe(0);
    expect(required()).toEqual([{ context: 'gate', integration_id: 7 }]);
  });

  it(
    'is done once by two at a time',
    async () => {
      github.barrier('repos/get-repo-rulesets', 2);
      const results = await Promise.all([protect(), protect()]);
      expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(required()).toHaveLength(1);
    },
    LONG,
  );

  it(
    'survives a connection that is cut after the ruleset was made',
    async () => {
      github.fault('repos/create-repo-ruleset', faults.cutAfterEffect);
      expect((await protect()).code).toBe(0);
      expect(required()).toHaveLength(1);
    },
    LONG,
  );

  it('says which permission the token lacks', async () => {
    token = addToken(github.state, 'bob', { contents: 'read' });
    expect(await protect()).toEqual(
      failed(
        /^quantgate: cannot read the checks that main requires: the token may not \(403 .*Administration: write\)\n$/,
      ),
    );
  });

  it('says that there is no such repository, branch or app', async () => {
    expect(await protect('--repo', 'acme/other')).toEqual(
      failed(/cannot read the repository acme\/other: not found/),
    );
    expect(await protect('--branch', 'mian')).toEqual(failed(/cannot read branch mian: not found/));
  });

  it(
    'changes nothing while GitHub is down',
    async () => {
      github.fault('repos/create-repo-ruleset', faults.serverError(503), { times: 4 });
      expect(await protect()).toEqual(
        failed(/cannot write ruleset "quantgate": GitHub failed, also when asked again \(503/),
      );
      expect(repo.rulesets).toEqual([]);
    },
    LONG,
  );
});
