import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { workflows } from '../../../src/cli/init/workflows.ts';
import { protect } from '../../../src/cli/protect.ts';
import { addArtifact, addCommit, addRepo, addRun, addToken } from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Repo } from '../../fake-github/state.ts';
import { testApi } from '../../support/http-mocks.ts';
import { sampleConfig } from '../../support/sample-configs.ts';
import { zipOf } from '../../support/zip.ts';

const config = sampleConfig.replace(/^baseline: .*\n/m, '');
const GATE = '.github/workflows/quantgate.yml';

let github: Github;
let repo: Repo;
let token: string;
let cwd: string;
beforeEach(async () => {
  github = await startGithub();
  repo = addRepo(github.state, 'acme/models');
  token = addToken(github.state, 'acme', { administration: 'write', actions: 'read', contents: 'read' });
  cwd = mkdtempSync(join(tmpdir(), 'quantgate-doctor-'));
  write('quantgate.yml', config);
  write('.github/CODEOWNERS', '* @acme/ml\n');
  for (const [path, text] of Object.entries(workflows))
    write(path, text.replaceAll('0'.repeat(40), 'a'.repeat(40)));
  requireOwners();
});
afterEach(async () => {
  rmSync(cwd, { recursive: true });
  await github.close();
});

function write(path: string, text: string): void {
  mkdirSync(join(cwd, dirname(path)), { recursive: true });
  writeFileSync(join(cwd, path), text);
}

const api = () => testApi(github.urls.api, token);

async function examine(options: { readonly branch?: string; readonly check?: string } = {}) {
  const lines: string[] = [];
  const code = await doctor(
    { repo: 'acme/models', check: 'gate', ...options },
    { cwd, print: (line) => lines.push(line), github: api },
  );
  return { code, lines };
}

/** What makes a repository healthy. */
const requireGate = () => protect({ repo: 'acme/models', check: 'gate' }, { print: () => {}, github: api });
function requireOwners(): void {
  const parameters = {
    require_code_owner_review: true,
    dismiss_stale_reviews_on_push: true,
    require_last_push_approval: true,
    required_approving_review_count: 1,
    required_review_thread_resolution: false,
  };
  repo.rulesets.push({
    ...{ id: 4711, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' },
    fields: {
      ...{ name: 'reviews', target: 'branch', enforcement: 'active' },
      conditions: { ref_name: { include: ['~ALL'], exclude: [] } },
      rules: [{ type: 'pull_request', parameters }],
    },
  });
}
function recordBaseline(expired = false): void {
  const run = addRun(github.state, repo, { event: 'push', sha: repo.refs.get('heads/main')!, path: GATE });
  const zip = zipOf({ name: 'signs.baseline.json', content: '{}' });
  addArtifact(github.state, repo, run, { name: 'quantgate-baseline', zip, expired });
}

describe('quantgate doctor --repo', () => {
  it('finds nothing wrong where the gate is required and has a baseline', async () => {
    await requireGate();
    recordBaseline();
    expect(await examine()).toEqual({
      code: 0,
      lines: ['nothing is wrong in this working tree and in acme/models'],
    });
  });

  it('finds that the gate is not required, and that no push has recorded a baseline', async () => {
    expect(await examine()).toEqual({
      code: 1,
      lines: [
        'acme/models: main does not require "gate", so that a failed gate can be merged: run npx --no -- quantgate protect --repo acme/models --check gate',
        `acme/models: no push to main has recorded a baseline by ${GATE}: let it run on push to main, and push`,
      ],
    });
  });

  it('finds a check that any App may set, by a ruleset or by protection', async () => {
    recordBaseline();
    const line =
      'acme/models: main requires "gate" of any App, so that another token can stand in: run npx --no -- quantgate protect';
    const checks = [{ context: 'gate', app_id: null }];
    repo.protections.set('main', { checks, strict: true, enforceAdmins: true, reviews: undefined });
    expect((await examine()).lines).toEqual([expect.stringContaining(line)]);
    repo.protections.clear();
    await requireGate();
    const ruleset = repo.rulesets.find(({ fields }) => fields.name === 'quantgate');
    ruleset!.fields = {
      ...ruleset!.fields,
      rules: [
        {
          type: 'required_status_checks',
          parameters: {
            required_status_checks: [{ context: 'gate' }],
            strict_required_status_checks_policy: false,
          },
        },
      ],
    };
    expect((await examine()).lines).toEqual([expect.stringContaining(line)]);
  });

  it('finds that no review of code owners is required, by rulesets or by protection', async () => {
    await requireGate();
    recordBaseline();
    const line = expect.stringMatching(
      /^acme\/models: main requires no review of code owners, .*: require a pull/,
    );
    const [ruleset] = repo.rulesets;
    const [rule] = ruleset!.fields.rules as [{ parameters: object }];
    const parameters = { ...rule.parameters, require_code_owner_review: false };
    ruleset!.fields = { ...ruleset!.fields, rules: [{ ...rule, parameters }] };
    expect((await examine()).lines).toEqual([line]);
    const protection = { checks: [], strict: true, enforceAdmins: true };
    repo.protections.set('main', { ...protection, reviews: {} });
    expect((await examine()).lines).toEqual([line]);
    repo.protections.set('main', { ...protection, reviews: { require_code_owner_reviews: true } });
    expect((await examine()).code).toBe(0);
  });

  it('finds nothing wrong where classic protection pins the check', async () => {
    recordBaseline();
    await protect({ repo: 'acme/models', check: 'gate', classic: true }, { print: () => {}, github: api });
    const reviews = { require_code_owner_reviews: true };
    repo.protections.set('main', { ...repo.protections.get('main')!, reviews });
    github.fault('repos/get-branch-rules', faults.notFound, { times: 2 });
    expect((await examine()).lines).toEqual(['nothing is wrong in this working tree and in acme/models']);
  });

  it('finds tokens that may write by default', async () => {
    await requireGate();
    recordBaseline();
    repo.workflowPermissions = 'write';
    expect((await examine()).lines).toEqual([
      expect.stringMatching(
        /^acme\/models: a job whose workflow says nothing of permissions may write: choose/,
      ),
    ]);
  });

  it('finds a baseline that has expired', async () => {
    await requireGate();
    recordBaseline(true);
    expect((await examine()).lines).toEqual([
      expect.stringMatching(/^acme\/models: the baseline of main from 2026-\S+ has expired: push to main$/),
    ]);
  });

  it('looks for no baseline where the config names a folder', async () => {
    await requireGate();
    write('quantgate.yml', `${config}baseline: kept\n`);
    expect((await examine()).code).toBe(0);
  });

  it('looks at another branch and another job', async () => {
    addCommit(github.state, repo, { branch: 'release', files: { a: 'a' } });
    await requireGate();
    expect((await examine({ branch: 'release', check: 'g' })).lines[1]).toMatch(
      /release does not require "g"/,
    );
    await expect(examine({ branch: 'mian' })).rejects.toThrow(/^cannot read branch mian: not found/);
  });

  it('says which question the token may not ask, and answers the others', async () => {
    recordBaseline();
    token = addToken(github.state, 'bob', { contents: 'read' });
    const { code, lines } = await examine();
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /^acme\/models: cannot read the checks that main requires: .*Administration: write\)$/,
      ),
      expect.stringMatching(/^acme\/models: cannot read the default permissions .*Administration: read\)$/),
      expect.stringMatching(/^acme\/models: cannot download artifact quantgate-baseline: .*actions: read/),
    ]);
  });
});
