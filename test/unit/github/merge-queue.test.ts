import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMergeGroup } from '../../../src/github/merge-queue.ts';
import {
  ACTIONS_BOT,
  addCommit,
  addMergeGroup,
  addPull,
  addRepo,
  addToken,
} from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Repo } from '../../fake-github/state.ts';
import { testApi } from '../../support/http-mocks.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

let repositories = 0;

/** A merge queue of pull requests 1, 2, …, each with its commit on top of the one before; `bases` has what each lies on. */
function queue(count: number): { repo: Repo; bases: string[]; head: string } {
  const repo = addRepo(github.state, `acme/queue-${++repositories}`);
  const bases: string[] = [];
  let head = repo.refs.get('heads/main')!;
  for (let i = 1; i <= count; i++) {
    const files = { [`${i}.onnx`]: 'x' };
    const pull = addPull(github.state, repo, { author: 'eve', branch: `change-${i}`, files });
    bases.push(head);
    head = addMergeGroup(github.state, repo, pull, { base: head, files }).sha;
  }
  return { repo, bases, head };
}

const ask = (repo: Repo, pullRequest: number, base: string, branch = 'main') => {
  const api = testApi(
    github.urls.api,
    addToken(github.state, ACTIONS_BOT, { actions: 'read', contents: 'read' }),
  );
  return readMergeGroup(api, { owner: repo.owner, repo: repo.name }, branch, { pullRequest, base });
};

describe('a merge group', () => {
  it('has the pull requests before, down to the branch that they are queued for', async () => {
    const { repo, bases } = queue(3);
    expect(await ask(repo, 1, bases[0]!)).toEqual({ pullRequests: [1], base: bases[0] });
    expect(await ask(repo, 3, bases[2]!)).toEqual({ pullRequests: [3, 2, 1], base: bases[0] });
  });

  it('ends at what was merged in the meantime', async () => {
    const { repo, bases } = queue(3);
    repo.refs.set('heads/main', bases[1]!);
    expect(await ask(repo, 3, bases[2]!)).toEqual({ pullRequests: [3, 2], base: bases[1] });
    addCommit(github.state, repo, { branch: 'main', files: { x: 'later' } });
    expect(await ask(repo, 3, bases[2]!)).toEqual({ pullRequests: [3, 2], base: bases[1] });
  });

  it('is not known beyond ten', async () => {
    const { repo, bases } = queue(11);
    expect((await ask(repo, 10, bases[9]!))?.pullRequests).toHaveLength(10);
    expect(await ask(repo, 11, bases[10]!)).toBeUndefined();
  });

  it.each([
    ['no run', undefined],
    ['a run on a branch of another name', 'change-1'],
    ['a run on a branch without a number', `gh-readonly-queue/main/pr-x-${'0'.repeat(40)}`],
    ['a run on a branch without a commit', 'gh-readonly-queue/main/pr-1-0123'],
    ['a run on a branch that goes on', `gh-readonly-queue/main/pr-1-${'0'.repeat(40)}-x`],
    ['a run on a branch below another', `x/gh-readonly-queue/main/pr-1-${'0'.repeat(40)}`],
    ['a run for another branch', `gh-readonly-queue/dev/pr-1-${'0'.repeat(40)}`],
  ])('is not known where a commit has %s', async (_, headBranch) => {
    const { repo, bases } = queue(2);
    const at = repo.runs.findIndex(({ headSha }) => headSha === bases[1]);
    if (headBranch === undefined) repo.runs.splice(at, 1);
    else Object.assign(repo.runs[at]!, { headBranch });
    expect(await ask(repo, 2, bases[1]!)).toBeUndefined();
  });

  it('is of a branch with slashes', async () => {
    const { repo } = queue(1);
    repo.refs.set('heads/release/v1', repo.refs.get('heads/main')!);
    const [pull] = repo.pulls;
    const into = { base: repo.refs.get('heads/main')!, files: { y: 'z' }, into: 'release/v1' };
    const { sha } = addMergeGroup(github.state, repo, pull!, into);
    expect(await ask(repo, 2, sha, 'release/v1')).toEqual({ pullRequests: [2, 1], base: into.base });
  });

  it('ends with what GitHub says where that does not tell', async () => {
    const { repo, bases } = queue(2);
    github.fault('actions/list-workflow-runs-for-repo', faults.forbidden);
    await expect(ask(repo, 2, bases[1]!)).rejects.toThrow(
      `cannot list the runs of the merge group ${bases[1]}: the token may not`,
    );
  });
});
