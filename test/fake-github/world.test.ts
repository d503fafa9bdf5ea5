import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ACTIONS_BOT, addComment, addPull, addRepo, addRun, addToken } from './build.ts';
import { eventsOf } from './events.ts';
import { type Fault, faults } from './faults.ts';
import { type Github, startGithub } from './server.ts';
import type { Pull, Repo } from './state.ts';

let github: Github;
let repo: Repo;
let pull: Pull;
beforeEach(async () => {
  github = await startGithub();
  repo = addRepo(github.state, 'acme/models');
  pull = addPull(github.state, repo, { author: 'ada', files: { x: 'x' } });
});
const close = () => github.close();

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const bot = () =>
  new Octokit({
    auth: addToken(github.state, ACTIONS_BOT, { pull_requests: 'write', actions: 'read' }),
    baseUrl: github.urls.api,
    log: silent,
  });
const on = { owner: 'acme', repo: 'models', issue_number: 1 };

describe('GraphQL', () => {
  afterEach(close);

  it('knows the author of a comment from others, and hides it', async () => {
    addComment(github.state, repo, pull, 'mallory', '<!-- quantgate -->');
    addComment(github.state, repo, pull, ACTIONS_BOT, '<!-- quantgate -->');
    const query = `query ($owner: String!, $repo: String!, $issue_number: Int!, $after: String) {
      viewer { login }
      repository(owner: $owner, name: $repo) { pullRequest(number: $issue_number) {
        comments(first: 1, after: $after) {
          nodes { id author { login } viewerDidAuthor isMinimized }
          pageInfo { hasNextPage endCursor }
        } } } }`;
    const { graphql } = bot();
    interface Found {
      viewer: object;
      repository: {
        pullRequest: {
          comments: {
            nodes: { id: string; viewerDidAuthor: boolean }[];
            pageInfo: { hasNextPage: boolean; endCursor: string };
          };
        };
      };
    }
    const first = await graphql<Found>(query, on);
    const { nodes, pageInfo } = first.repository.pullRequest.comments;
    expect([first.viewer, nodes[0].viewerDidAuthor, pageInfo.hasNextPage]).toEqual([
      { login: ACTIONS_BOT },
      false,
      true,
    ]);
    const second = await graphql<Found>(query, { ...on, after: pageInfo.endCursor });
    const [mine] = second.repository.pullRequest.comments.nodes;
    expect(mine).toMatchObject({ author: { login: 'github-actions' }, viewerDidAuthor: true });
    await graphql(
      'mutation ($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }',
      { id: mine!.id },
    );
    expect(repo.comments.map((each) => each.minimized)).toEqual([undefined, 'OUTDATED']);
  });
});

describe('the artifact service', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    return close();
  });

  it('takes and gives artifacts, within a run and across runs, as the client of actions/artifact asks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quantgate-artifact-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'report.json'), '{"verdict":"pass"}');
    const run = addRun(github.state, repo, { event: 'push', sha: pull.headSha, conclusion: null });
    for (const [name, value] of Object.entries({
      ACTIONS_RESULTS_URL: github.resultsUrl,
      ACTIONS_RUNTIME_TOKEN: github.runtimeToken(repo, run),
      GITHUB_API_URL: github.urls.api,
      GITHUB_SERVER_URL: github.urls.html,
      GITHUB_WORKSPACE: folder,
    }))
      vi.stubEnv(name, value);
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    // It reads GITHUB_API_URL when it is loaded.
    const { DefaultArtifactClient } = await import('@actions/artifact');
    const client = new DefaultArtifactClient();
    const upload = () => client.uploadArtifact('report', [join(folder, 'report.json')], folder);
    const { id, digest } = await upload();
    await expect(upload()).rejects.toThrow(/already exists/);
    expect((await client.listArtifacts()).artifacts).toMatchObject([{ id, name: 'report' }]);

    const within = await client.downloadArtifact(id!, { path: join(folder, 'within') });
    expect(readFileSync(join(within.downloadPath!, 'report.json'), 'utf8')).toContain('pass');
    const findBy = {
      token: addToken(github.state, ACTIONS_BOT, { actions: 'read' }),
      workflowRunId: run.id,
      repositoryOwner: 'acme',
      repositoryName: 'models',
    };
    const across = await client.downloadArtifact(id!, {
      path: join(folder, 'across'),
      expectedHash: `sha256:${digest}`,
      findBy,
    });
    expect(across.digestMismatch).toBe(false);
    await client.deleteArtifact('report');
    expect(repo.artifacts).toEqual([]);
  });
});

describe('faults', () => {
  const say = () => bot().rest.issues.createComment({ ...on, body: 'hello' });

  it('meet the nth call and those after it, as often as planned', async () => {
    github.fault('issues/create-comment', faults.serverError(503), { nth: 2, times: 2 });
    const statuses = [];
    for (let i = 0; i < 4; i++)
      statuses.push(
        await say().then(
          (answer) => answer.status,
          (error) => error.status,
        ),
      );
    expect(statuses).toEqual([201, 503, 503, 201]);
    expect(github.calls('issues/create-comment').map((each) => each.status)).toEqual(statuses);
    await github.close();
  });

  it.each<[string, Fault, object]>([
    [
      'forbidden',
      faults.forbidden,
      { status: 403, message: expect.stringMatching(/^Resource not accessible/) },
    ],
    ['not found', faults.notFound, { status: 404 }],
    ['conflict', faults.conflict, { status: 409 }],
    ['invalid', faults.invalid, { status: 422 }],
    ['rate limit', faults.rateLimit(60), { response: { headers: { 'x-ratelimit-remaining': '0' } } }],
    [
      'secondary limit',
      faults.secondaryLimit({ status: 429 }),
      {
        status: 429,
        message: expect.stringMatching(/secondary rate limit/),
        response: { headers: expect.not.objectContaining({ 'retry-after': expect.anything() }) },
      },
    ],
    [
      'secondary limit with a time',
      faults.secondaryLimit({ retryAfter: 7 }),
      { response: { headers: { 'retry-after': '7' } } },
    ],
    ['cut', faults.cut, { status: 500 }],
  ])('of kind %s leave the state alone', async (_, fault, error) => {
    github.fault('issues/create-comment', fault);
    await expect(say()).rejects.toMatchObject(error);
    expect(repo.comments).toEqual([]);
    await github.close();
  });

  it('cut a connection after the effect too, and slow an answer down', async () => {
    github.fault('issues/create-comment', faults.cutAfterEffect);
    github.fault('issues/create-comment', faults.slow(150), { nth: 2 });
    await expect(say()).rejects.toMatchObject({ status: 500 });
    const start = performance.now();
    await say();
    expect(performance.now() - start).toBeGreaterThan(140);
    expect(repo.comments).toHaveLength(2);
    await github.close();
  });

  it('that nothing met fail the test', async () => {
    github.fault('issues/create-comment', faults.cut);
    await expect(github.close()).rejects.toThrow('the fault planned for issues/create-comment met no call');
  });
});

describe('a barrier', () => {
  it('makes two callers see the same state', async () => {
    github.barrier('issues/list-comments', 2);
    const createUnlessThere = async () => {
      const { data } = await bot().rest.issues.listComments(on);
      if (data.length === 0) await bot().rest.issues.createComment({ ...on, body: 'mine' });
    };
    await Promise.all([createUnlessThere(), createUnlessThere()]);
    expect(repo.comments).toHaveLength(2);
    await github.close();
  });
});

describe('requests that GitHub would not understand', () => {
  it.each<[string, (api: Octokit) => Promise<unknown>, string]>([
    [
      'an unknown field',
      (api) =>
        api.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...on,
          body: 'x',
          colour: 'red',
        }),
      'issues/create-comment: body/colour is not a field',
    ],
    [
      'a wrong type',
      (api) => api.request('PATCH /repos/acme/models/issues/comments/1', { body: 7 }),
      'issues/update-comment: body/body must be string: 7',
    ],
    [
      'a misspelt filter',
      (api) => api.request('GET /repos/acme/models/actions/runs?branches=main'),
      'actions/list-workflow-runs-for-repo: query branches is not a parameter',
    ],
    [
      'an unknown route',
      (api) => api.request('GET /repos/acme/models/teapot'),
      'GET /repos/acme/models/teapot is no operation',
    ],
  ])('fail the test with a line: %s', async (_, ask, line) => {
    await ask(bot()).catch(() => undefined);
    await expect(github.close()).rejects.toThrow(line);
  });
});

describe('an Enterprise Server', () => {
  it('has its API below /api/v3', async () => {
    await github.close();
    github = await startGithub({ host: 'ghes' });
    addRepo(github.state, 'acme/models');
    expect(github.urls.api).toMatch(/\/api\/v3$/);
    expect((await bot().rest.repos.get({ owner: 'acme', repo: 'models' })).data.html_url).toBe(
      'https://github.example.com/acme/models',
    );
    expect(github.graphqlUrl).toMatch(/\/api\/graphql$/);
    await github.close();
  });
});

describe('events', () => {
  afterEach(close);

  it('carry what their webhooks carry', () => {
    const events = eventsOf(github.state, github.urls, repo);
    expect(events.push()).toMatchObject({ sha: repo.refs.get('heads/main'), ref: 'refs/heads/main' });
    expect(events.pullRequest(pull)).toMatchObject({
      ref: 'refs/pull/1/merge',
      payload: { number: 1, pull_request: { head: { sha: pull.headSha } } },
    });
    expect(events.mergeGroup(pull)).toMatchObject({ payload: { merge_group: { head_sha: pull.headSha } } });
    const run = addRun(github.state, repo, { event: 'pull_request', sha: pull.headSha });
    expect(events.workflowRun(run)).toMatchObject({ payload: { workflow_run: { id: run.id } } });
    const comment = addComment(github.state, repo, pull, 'ada', '/quantgate accept');
    expect(events.issueComment(comment)).toMatchObject({
      payload: { issue: { number: 1, pull_request: {} }, comment: { body: '/quantgate accept' } },
    });
  });
});
