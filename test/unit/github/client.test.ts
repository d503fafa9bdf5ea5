import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Call, call, list } from '../../../src/github/api.ts';
import { ApiError } from '../../../src/github/api-error.ts';
import { API, mockGitHub, mockPages, repository, repositoryPath, testApi } from '../../support/http-mocks.ts';

mockGitHub();

const path = repositoryPath('/issues/7/comments');
const read: Call<unknown> = {
  purpose: 'list the comments of pull request 7',
  route: 'GET /repos/{owner}/{repo}/issues/7/comments',
  parameters: repository,
  needs: ['pull-requests: read'],
  answer: z.array(z.object({ id: z.int() })),
};
const write: Call<unknown> = {
  ...read,
  purpose: 'comment on pull request 7',
  route: 'POST /repos/{owner}/{repo}/issues/7/comments',
  needs: ['pull-requests: write'],
};

async function failureOf(request: Call<unknown>): Promise<ApiError> {
  const error = await call(testApi(), request).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`expected an ApiError, got ${error}`);
}

describe('createClient', () => {
  it('sends the token and says who asks', async () => {
    nock(API, {
      reqheaders: { authorization: 'token secret-token', 'user-agent': /^quantgate\/\d+\.\d+\.\d+ octokit/ },
    })
      .get(path)
      .reply(200, [{ id: 1, other: true }]);
    expect(await call(testApi(), read)).toEqual([{ id: 1 }]);
  });

  it('asks an Enterprise Server, GraphQL below /api', async () => {
    nock('https://ghe.test').get(`/api/v3${path}`).reply(200, []);
    nock('https://ghe.test')
      .post('/api/graphql')
      .reply(200, { data: { ok: true } });
    const api = testApi('https://ghe.test/api/v3');
    expect(await call(api, read)).toEqual([]);
    expect(await api.graphql('{ ok }')).toEqual({ ok: true });
  });

  it('asks again after 5xx answers and cut connections', async () => {
    nock(API).get(path).reply(502, 'Bad Gateway').get(path).replyWithError('socket hang up');
    nock(API).get(path).reply(503).get(path).reply(200, []);
    expect(await call(testApi(), read)).toEqual([]);
  });

  it('waits out a secondary limit that does not say how long it lasts', async () => {
    nock(API).post(path).reply(403, { message: 'You have exceeded a secondary rate limit.' });
    nock(API).post(path).reply(429, { message: 'You have exceeded a secondary rate limit.' });
    nock(API).post(path).reply(201, []);
    expect(await call(testApi(), write)).toEqual([]);
  });

  it('waits out a primary limit that ends soon, but not one that lasts', async () => {
    const limit = (seconds: number) => ({
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + seconds),
    });
    const message = 'API rate limit exceeded';
    nock(API).get(path).reply(429, { message }, limit(30)).get(path).reply(200, []);
    expect(await call(testApi(), read)).toEqual([]);
    nock(API).get(path).reply(403, { message }, limit(3000));
    await expect(call(testApi(), read)).rejects.toThrow(
      /GitHub's rate limit is reached \(403 API rate limit exceeded\): run again after \d{4}-\d\d-\d\dT/,
    );
  });

  it('gives up in the end', async () => {
    nock(API).get(path).times(4).reply(500, { message: 'Oops' });
    await expect(call(testApi(), read)).rejects.toThrow(
      'cannot list the comments of pull request 7: GitHub failed, also when asked again (500 Oops): run again later',
    );
    nock(API).get(path).times(4).replyWithError('ECONNRESET');
    await expect(call(testApi(), read)).rejects.toThrow(
      'no answer from GitHub (ECONNRESET): check the network and the API URL, then run again',
    );
    const message = 'You have exceeded a secondary rate limit';
    nock(API).get(path).times(3).reply(429, { message });
    await expect(call(testApi(), read)).rejects.toThrow(
      `GitHub's rate limit is reached (429 ${message}): run again in some minutes, or run fewer jobs at once`,
    );
  });
});

describe('a failed call', () => {
  const fork = '; on pull requests of forks the token only reads, report these on workflow_run';

  it.each([
    [401, write, 'GitHub does not take the token (401 no): give one that is valid, such as github.token'],
    [
      403,
      read,
      'the token may not (403 no): give the job `permissions: { contents: read, pull-requests: read }`',
    ],
    [
      403,
      write,
      `the token may not (403 no): give the job \`permissions: { contents: read, pull-requests: write }\`${fork}`,
    ],
    [
      403,
      { ...write, needs: ['contents: write'] },
      `the token may not (403 no): give the job \`permissions: { contents: write }\`${fork}`,
    ],
    [
      404,
      { ...read, needs: ['administration: write'] },
      'not found, or hidden from the token (404 no): check that it exists and use the token of an administrator ' +
        'of the repository (classic with scope repo, or fine-grained with Administration: write)',
    ],
    [409, write, 'it changed in the meantime (409 no): run again'],
    [422, write, 'GitHub finds the request not valid (422 no): check that what it names still exists'],
    [
      451,
      read,
      'GitHub refused (451 no): check the token and give the job `permissions: { contents: read, pull-requests: read }`',
    ],
  ] as const)('with %d is one line that says what to do', async (status, request, text) => {
    nock(API).intercept(path, request.route.split(' ')[0]).reply(status, { message: 'no' });
    const error = await failureOf(request);
    expect(error.message).toBe(`cannot ${request.purpose}: ${text}`);
    expect(error.failure).toBe(status);
  });

  it('shows what GitHub says on one line, without the token', async () => {
    nock(API).get(path).reply(403, { message: '\n::error::x\u202esecond\n' });
    const error = await failureOf(read);
    expect(error.message).toContain('(403 ::error::x second)');
    expect(error.message).not.toMatch(/\n|\u202e|secret-token/);
  });
});

describe('an answer', () => {
  it.each([
    ['[{"id":"1"}]', '0.id: Invalid input: expected int, received string'],
    ['{"id":', 'all of it: Invalid input: expected array, received string'],
    ['null', 'all of it: Invalid input: expected array, received null'],
  ])('of another form is refused: %s', async (text, problem) => {
    nock(API).get(path).reply(200, text, { 'content-type': 'application/json' });
    const error = await failureOf(read);
    expect(error.message).toContain(`GitHub answered in a form that is not expected`);
    expect(error.message).toContain(problem.split(':')[0]);
  });
});

describe('list', () => {
  const one: Call<{ id: number }> = { ...read, answer: z.object({ id: z.int() }) };
  const items = Array.from({ length: 250 }, (_, id) => ({ id }));

  it('reads all pages', async () => {
    mockPages(path, items);
    expect(await list(testApi(), one, 250)).toEqual({ items, complete: true });
  });

  it('stops at the most that are wanted', async () => {
    mockPages(path, items.slice(0, 200));
    expect(await list(testApi(), one, 150)).toEqual({ items: items.slice(0, 150), complete: false });
  });

  it.each([404, 409])('fails when a later page does, with %d', async (status) => {
    nock(API)
      .get(path)
      .query({ per_page: 100 })
      .reply(200, items.slice(0, 100), { link: `<${API}${path}?page=2>; rel="next"` })
      .get(path)
      .query({ page: 2 })
      .reply(status, { message: 'gone' });
    await expect(list(testApi(), one, 250)).rejects.toMatchObject({ failure: status });
  });
});
