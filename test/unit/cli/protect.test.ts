import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProtectOptions, protect } from '../../../src/cli/protect.ts';
import { UserError } from '../../../src/errors.ts';
import { addCommit, addRepo, addToken } from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Repo } from '../../fake-github/state.ts';
import { testApi } from '../../support/http-mocks.ts';

/** What cannot be done, what happened, what to do. */
const ONE_LINE = /^cannot [^:]+: .+: .+$/;

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

async function run(options: Partial<ProtectOptions> = {}) {
  const lines: string[] = [];
  const code = await protect(
    { repo: 'acme/models', check: 'gate', ...options },
    { print: (line) => lines.push(line), github: () => testApi(github.urls.api, token) },
  );
  expect(code).toBe(0);
  return lines;
}

async function messageOf(running: Promise<unknown>): Promise<string> {
  const error = await running.then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(ONE_LINE);
  return (error as UserError).message;
}

type Rule = {
  readonly type: string;
  readonly parameters: { readonly required_status_checks: { readonly context: string }[] };
};

/** Checks that rulesets and protection of main require. */
function required(): { readonly context: string }[] {
  const rules = repo.rulesets.flatMap(({ fields }) => fields.rules as Rule[]);
  return [
    ...rules.flatMap((rule) => rule.parameters.required_status_checks),
    ...(repo.protections.get('main')?.checks ?? []),
  ];
}

const pinned = { context: 'gate', integration_id: 15368 };

describe('quantgate protect', () => {
  it('requires the job by a ruleset, once', async () => {
    expect(await run()).toEqual(['created ruleset "quantgate", which requires "gate" on main']);
    expect(await run()).toEqual(['main requires "gate" already: nothing was changed']);
    expect(required()).toEqual([pinned]);
  });

  it('requires it of the App that the server itself names', async () => {
    await github.close();
    await start('ghes');
    await run();
    expect(required()).toEqual([{ context: 'gate', integration_id: 7 }]);
  });

  it('adds another branch and another job to its ruleset', async () => {
    addCommit(github.state, repo, { branch: 'release/1', files: { a: 'a' } });
    await run();
    await run({ branch: 'release/1' });
    await run({ check: 'gate (large)' });
    expect(repo.rulesets.map(({ fields }) => fields.conditions)).toEqual([
      { ref_name: { include: ['refs/heads/main', 'refs/heads/release/1'], exclude: [] } },
    ]);
    expect(required()).toEqual([pinned, { ...pinned, context: 'gate (large)' }]);
  });

  it('requires it by classic protection if told to, and leaves the rest of that as it is', async () => {
    expect(await run({ classic: true })).toEqual(['protected main, which requires "gate"']);
    const reviews = { required_approving_review_count: 2 };
    const checks = [{ context: 'lint', app_id: null }];
    repo.protections.set('main', { checks, strict: true, enforceAdmins: true, reviews });
    expect(await run({ classic: true })).toEqual(['the protection of main requires "gate"']);
    expect(await run({ classic: true })).toEqual(['main requires "gate" already: nothing was changed']);
    expect(repo.protections.get('main')).toEqual({
      checks: [...checks, { context: 'gate', app_id: 15368 }],
      strict: true,
      enforceAdmins: true,
      reviews,
    });
    expect(repo.rulesets).toEqual([]);
  });

  it('requires it by classic protection where the plan has no rulesets', async () => {
    github.fault('repos/get-branch-rules', faults.forbidden);
    expect(await run()).toEqual(['protected main, which requires "gate"']);
  });

  it('does not take a rate limit for a plan without rulesets', async () => {
    github.fault('repos/get-branch-rules', faults.rateLimit(3600));
    expect(await messageOf(run())).toMatch(/GitHub's rate limit is reached/);
    expect(required()).toEqual([]);
  });

  it('says which permission the token lacks', async () => {
    token = addToken(github.state, 'bob', { contents: 'read' });
    expect(await messageOf(run())).toMatch(
      /^cannot read the checks that main requires: the token may not \(403 .*\): use the token of an administrator .*Administration: write\)$/,
    );
  });

  it.each<[Partial<ProtectOptions>, RegExp]>([
    [{ repo: 'acme/other' }, /^cannot read the repository acme\/other: not found/],
    [{ branch: 'mian' }, /^cannot read branch mian: not found/],
  ])('%j is found out', async (options, line) => {
    expect(await messageOf(run(options))).toMatch(line);
    expect(repo.rulesets).toEqual([]);
  });

  it.each<[Partial<ProtectOptions>, RegExp]>([
    [{ repo: 'models' }, /^--repo "models" is no repository/],
    [{ check: ' ' }, /^--check "" is no name/],
  ])('%j is refused', (options, line) => expect(run(options)).rejects.toThrow(line));
});
