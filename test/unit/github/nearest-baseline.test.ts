import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookUpBaselineArtifact } from '../../../src/github/baseline-artifact.ts';
import { ACTIONS_BOT, addArtifact, addCommit, addRepo, addRun, addToken } from '../../fake-github/build.ts';
import { putCommit } from '../../fake-github/git.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { fullName, type Repo } from '../../fake-github/state.ts';
import { testApi } from '../../support/http-mocks.ts';
import { zipOf } from '../../support/zip.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

let repositories = 0;
const newRepo = () => addRepo(github.state, `acme/nearest-${++repositories}`);
/** A further commit on main. */
const commit = (repo: Repo) =>
  addCommit(github.state, repo, { branch: 'main', files: { x: String(repo.commits.size) } }).sha;
const commits = (repo: Repo, count: number) => Array.from({ length: count }, () => commit(repo));
/** A run on `main`, which is a branch or a tag, that leaves a baseline of a commit. */
const record = (repo: Repo, sha: string, given: { readonly expired?: boolean } = {}) => {
  const run = addRun(github.state, repo, { event: 'push', sha });
  const zip = zipOf({ name: 'signs.baseline.json', content: sha });
  addArtifact(github.state, repo, run, { name: 'quantgate-baseline', zip, ...given });
  return run.id;
};
const tip = (repo: Repo) => repo.refs.get('heads/main')!;
/** What is found for a base, and what was asked for that. */
async function find(repo: Repo, builtOn = tip(repo)) {
  const token = addToken(github.state, ACTIONS_BOT, { actions: 'read', contents: 'read' });
  const query = { branch: 'main', builtOn, workflow: '.github/workflows/quantgate.yml' };
  const place = { owner: repo.owner, repo: repo.name };
  const found = await lookUpBaselineArtifact(testApi(github.urls.api, token), place, query);
  const asked = (operation: string) =>
    github.calls(operation).filter(({ url }) => url.includes(`/${fullName(repo)}/`)).length;
  return {
    state: found.state,
    commit: 'origin' in found ? found.origin.commit : undefined,
    run: 'origin' in found ? found.origin.runId : undefined,
    calls: {
      lists: asked('actions/list-workflow-runs'),
      artifacts: asked('actions/list-workflow-run-artifacts'),
      comparisons: asked('repos/compare-commits-with-basehead'),
    },
  };
}

describe('the baseline', () => {
  it('is that of the base commit, of several the newest, and nothing is compared for it', async () => {
    const repo = newRepo();
    const base = commit(repo);
    record(repo, base);
    const newest = record(repo, base);
    expect(await find(repo, base)).toEqual({
      state: 'found',
      commit: base,
      run: newest,
      calls: { lists: 1, artifacts: 1, comparisons: 0 },
    });
  });

  it('is that of the nearest commit, not that of an old one which a tag named like the branch makes newer', async () => {
    const repo = newRepo();
    const [old, , near] = commits(repo, 4);
    record(repo, old);
    record(repo, near);
    record(repo, old);
    expect(await find(repo)).toMatchObject({ state: 'found', commit: near, calls: { comparisons: 2 } });
  });

  it('is that of the nearest commit for a base that is named as a branch', async () => {
    const repo = newRepo();
    const [old, near] = commits(repo, 2);
    record(repo, near);
    record(repo, old);
    expect(await find(repo, 'main')).toMatchObject({ state: 'found', commit: near });
  });

  it('is found at once where the newest run is of the nearest commit, as it mostly is', async () => {
    const repo = newRepo();
    const all = commits(repo, 130);
    for (const sha of all.slice(0, 20)) record(repo, sha);
    const found = await find(repo);
    expect(found).toMatchObject({ commit: all[19], calls: { lists: 3, artifacts: 1 } });
    // A second page of the 110 commits between.
    expect(found.calls.comparisons).toBe(2);
  });

  it('is the nearest beyond all that is listed', { timeout: 60_000 }, async () => {
    const repo = newRepo();
    const [old, near] = commits(repo, 1005);
    record(repo, near);
    record(repo, old);
    expect(await find(repo)).toMatchObject({ commit: near, calls: { comparisons: 2 } });
  });

  it('of two branches that were merged is that of the nearer, of equal ones the newest', async () => {
    const repo = newRepo();
    const [left, further] = commits(repo, 2);
    const { sha, ...like } = repo.commits.get(left)!;
    const right = putCommit(repo, { ...like, message: 'right' }).sha;
    const merge = (...parents: string[]) => putCommit(repo, { ...like, message: 'merge', parents }).sha;
    record(repo, right);
    record(repo, left);
    expect(await find(repo, merge(left, right))).toMatchObject({ commit: left });
    record(repo, right);
    expect(await find(repo, merge(left, right))).toMatchObject({ commit: right });
    record(repo, further);
    record(repo, right);
    expect(await find(repo, merge(further, right))).toMatchObject({ commit: further });
  });

  it('of the base commit is not buried under very many runs of old ones', async () => {
    const repo = newRepo();
    const [old, base] = commits(repo, 2);
    record(repo, base);
    for (let i = 0; i < 120; i++) record(repo, old);
    expect(await find(repo, base)).toMatchObject({ commit: base, calls: { lists: 1 } });
  });

  it('that has expired is not replaced by an older one', async () => {
    const repo = newRepo();
    const [old, near] = commits(repo, 3);
    record(repo, near, { expired: true });
    record(repo, old);
    expect(await find(repo)).toMatchObject({ state: 'expired', commit: near });
  });

  it('costs a bounded number of calls, however many old commits a tag was set on', {
    timeout: 60_000,
  }, async () => {
    const repo = newRepo();
    const all = commits(repo, 300);
    // Each run is of a nearer commit than the newer runs are.
    for (const sha of all.slice(0, 60).toReversed()) record(repo, sha);
    const { commit: found, calls } = await find(repo);
    expect(found).toBe(all[49]);
    // A comparison for each run, and three pages in one of them.
    expect(calls).toEqual({ lists: 3, artifacts: 50, comparisons: 50 + 2 });
  });
});
