import Bottleneck from 'bottleneck';
import nock from 'nock';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Api } from '../../src/github/api.ts';
import { createClient } from '../../src/github/client.ts';

export const API = 'https://api.github.test';
export const repository = { owner: 'octo', repo: 'models' };
export const sha = (digit: string) => digit.repeat(40);

/** A client that does not wait. */
export function testApi(apiUrl = API, token = 'secret-token'): Api {
  const queues = { write: new Bottleneck.Group(), notifications: new Bottleneck.Group() };
  return createClient({ token, apiUrl, second: 0, queues });
}

// Importing it replaces http, for every test of the process.
nock.restore();

/** For each test: no network but what it mocks; `check` sees what it has not used. */
export function mockHttp(check: (unused: readonly string[]) => void = () => {}): void {
  beforeEach(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterEach(() => {
    const unused = nock.pendingMocks();
    nock.cleanAll();
    nock.restore();
    check(unused);
  });
}

/** For each test: no network but what it mocks, all of which it must use. */
export function mockGitHub(): void {
  mockHttp((unused) => expect(unused).toEqual([]));
}

/** The identity of a job's token. */
export function mockIdentity(login = 'github-actions[bot]') {
  return nock(API)
    .post('/graphql')
    .reply(200, { data: { viewer: { login } } });
}

export const repositoryPath = (path: string) => `/repos/octo/models${path}`;

/** The pages of a list, linked as GitHub does. */
export function mockPages(path: string, items: readonly unknown[], key?: string): void {
  const count = Math.max(1, Math.ceil(items.length / 100));
  for (let page = 1; page <= count; page++) {
    const part = items.slice(100 * (page - 1), 100 * page);
    const next = `<${API}${path}?per_page=100&page=${page + 1}>; rel="next"`;
    nock(API)
      .get(path)
      .query((query) => Number(query.page ?? 1) === page && query.per_page === '100')
      .reply(200, key === undefined ? part : { total_count: items.length, [key]: part }, {
        ...(page < count ? { link: next } : {}),
      });
  }
}
