import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTIONS_BOT, addPull, addRepo, addToken } from './build.ts';
import { type Github, startGithub } from './server.ts';

let github: Github;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(() => github.close());

const on = { owner: 'acme', repo: 'models' };
/** A client for a repository with a pull request of so many files. */
function withPull(count: number): Octokit {
  const repo = addRepo(github.state, 'acme/models');
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(4, '0')}.txt`);
  addPull(github.state, repo, { author: 'ada', files: Object.fromEntries(names.map((name) => [name, 'x'])) });
  const auth = addToken(github.state, ACTIONS_BOT, { pull_requests: 'read', contents: 'read' });
  return new Octokit({ auth, baseUrl: github.urls.api });
}

describe('a list of files', () => {
  it('of two commits is cut off after 300, without a word', async () => {
    const { repos } = withPull(301);
    const { data } = await repos.compareCommitsWithBasehead({ ...on, basehead: 'main...change' });
    expect(data.files).toHaveLength(300);
    expect(data.files?.at(-1)?.filename).toBe('0299.txt');
  });

  it('of a pull request is cut off after 3000, without a word', async () => {
    const { paginate, pulls } = withPull(3001);
    const files = await paginate(pulls.listFiles, { ...on, pull_number: 1, per_page: 100 });
    expect(files).toHaveLength(3000);
    expect(files.at(-1)?.filename).toBe('2999.txt');
  });
});
