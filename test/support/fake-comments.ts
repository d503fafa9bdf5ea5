import nock from 'nock';
import { API, repositoryPath } from './http-mocks.ts';

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly login: string;
}

/** The comments of pull request 7, kept as GitHub keeps them; `calls` are the writes. */
export function fakeComments(...initial: readonly FakeComment[]) {
  const comments: FakeComment[] = [...initial];
  const calls: string[] = [];
  let next = 1000;
  const answer = ({ id, body, login }: FakeComment) => ({
    id,
    body,
    user: { login },
    html_url: `https://github.test/octo/models/pull/7#issuecomment-${id}`,
  });
  const idOf = (uri: string) => Number(uri.split('/').at(-1));
  const list = repositoryPath('/issues/7/comments');
  const one = /^\/repos\/octo\/models\/issues\/comments\/\d+$/;
  nock(API)
    .persist()
    .get(list)
    .query(true)
    .reply((uri) => {
      const page = Number(new URL(uri, API).searchParams.get('page') ?? 1);
      const part = comments.slice(100 * (page - 1), 100 * page);
      const more = comments.length > 100 * page;
      return [
        200,
        part.map(answer),
        more ? { link: `<${API}${list}?per_page=100&page=${page + 1}>; rel="next"` } : {},
      ];
    });
  nock(API)
    .persist()
    .post(list)
    .reply((_, body) => {
      const created = { id: next++, body: (body as { body: string }).body, login: 'github-actions[bot]' };
      comments.push(created);
      calls.push(`create ${created.id}`);
      return [201, answer(created)];
    });
  nock(API)
    .persist()
    .patch(one)
    .reply((uri, body) => {
      const found = comments.find(({ id }) => id === idOf(uri));
      if (found === undefined) return [404, { message: 'Not Found' }];
      found.body = (body as { body: string }).body;
      calls.push(`edit ${found.id}`);
      return [200, answer(found)];
    });
  nock(API)
    .persist()
    .delete(one)
    .reply((uri) => {
      const at = comments.findIndex(({ id }) => id === idOf(uri));
      if (at < 0) return [404, { message: 'Not Found' }];
      calls.push(`delete ${comments[at].id}`);
      comments.splice(at, 1);
      return [204];
    });
  nock(API)
    .persist()
    .post('/graphql')
    .reply(200, { data: { viewer: { login: 'github-actions[bot]' } } });
  return { comments, calls };
}
