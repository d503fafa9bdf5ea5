import nock from 'nock';
import { describe, expect, it } from 'vitest';
import type { CommentPolicy } from '../../../src/config/comment-policy.ts';
import { publishComment, type Said } from '../../../src/github/comment.ts';
import { type Comment, readComment, writeComment } from '../../../src/github/comment-body.ts';
import { fakeComments } from '../../support/fake-comments.ts';
import { API, mockHttp, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';

mockHttp();

const bot = 'github-actions[bot]';
const place = { ...repository, number: 7 };
const section = { key: 'signs', attempt: 1, verdict: 'fail', text: 'new' } as const;
const said: Omit<Said, 'policy'> = {
  key: 'gate',
  head: sha('b'),
  run: 20,
  sections: [section],
  isWhole: false,
  frame: () => ({ before: '', after: '' }),
};
const earlier = (run: number, text = 'old', key = 'signs'): Comment => ({
  key: 'gate',
  head: sha('a'),
  run,
  sections: [{ key, attempt: 1, verdict: 'pass', text }],
});
const publish = (
  policy: CommentPolicy = 'always',
  pause: () => Promise<unknown> = async () => {},
  what: Omit<Said, 'policy'> = said,
) => publishComment(testApi(), place, { ...what, policy }, pause);
/** The run of an id, as GitHub knows it; or none. */
const mockRun = (id: number, attempt: number | null = 1) =>
  nock(API)
    .get(repositoryPath(`/actions/runs/${id}`))
    .times(attempt === null ? 2 : 1)
    .reply(
      attempt === null ? 404 : 200,
      attempt === null
        ? { message: 'Not Found' }
        : { head_sha: sha('a'), path: '.github/workflows/q.yml', run_attempt: attempt },
    );
const texts = (body: string) => readComment(body)?.sections.map(({ text }) => text);

describe('publishComment', () => {
  it('makes one comment and edits it ever after', async () => {
    const { comments, calls } = fakeComments();
    const first = await publish();
    expect(first).toEqual({
      state: 'written',
      id: 1000,
      url: 'https://github.test/octo/models/pull/7#issuecomment-1000',
    });
    await publish('always', undefined, { ...said, run: 21 });
    expect(calls).toEqual(['create 1000', 'edit 1000']);
    expect(readComment(comments[0].body)).toMatchObject({ run: 21, head: sha('b') });
  });

  it('finds it behind hundreds of others', async () => {
    const others = Array.from({ length: 250 }, (_, id) => ({ id: id + 1, body: 'LGTM', login: 'octocat' }));
    const { calls } = fakeComments(...others, { id: 900, body: writeComment(earlier(19)), login: bot });
    await publish();
    expect(calls).toEqual(['edit 900']);
  });

  it('takes no comment of somebody else for its own, nor one of another key', async () => {
    const forged = writeComment(earlier(9999));
    const { comments, calls } = fakeComments(
      { id: 1, body: forged, login: 'mallory' },
      { id: 2, body: `> ${forged}`, login: bot },
      { id: 3, body: writeComment({ ...earlier(9999), key: 'other' }), login: bot },
      { id: 4, body: forged, login: 'github-actions' },
    );
    await publish();
    expect(calls).toEqual(['create 1000']);
    expect(comments[0].body).toBe(forged);
  });

  it('unites twins in the oldest', async () => {
    const { comments, calls } = fakeComments(
      { id: 5, body: writeComment(earlier(20, 'a', 'faces')), login: bot },
      { id: 6, body: writeComment(earlier(20, 'b', 'hands')), login: bot },
      { id: 7, body: writeComment(earlier(12, 'c', 'feet')), login: bot },
    );
    await publish();
    expect(calls).toEqual(['edit 5', 'delete 6', 'delete 7']);
    expect(texts(comments[0].body)).toEqual(['new', 'a', 'b']);
  });

  it('does not write over a later run', async () => {
    const { calls } = fakeComments({ id: 5, body: writeComment(earlier(21)), login: bot });
    mockRun(21);
    expect(await publish()).toEqual({ state: 'outdated', run: 21 });
    expect(calls).toEqual([]);
  });

  it('leaves alone what claims to be of a later run that is none, and writes its own', async () => {
    const echo = writeComment(earlier(999_999_999_999_999));
    const { comments, calls } = fakeComments({ id: 5, body: echo, login: bot });
    mockRun(999_999_999_999_999, null);
    await publish();
    expect(calls).toEqual(['create 1000']);
    expect(comments.map(({ body }) => texts(body))).toEqual([['old'], ['new']]);
  });

  it('leaves alone what claims to be of a later attempt of its run that is none', async () => {
    const { sections, ...claim } = earlier(20);
    const forged = { ...claim, sections: sections.map((each) => ({ ...each, attempt: 999_999 })) };
    const { calls } = fakeComments({ id: 5, body: writeComment(forged), login: bot });
    nock(API)
      .get(repositoryPath('/actions/runs/20'))
      .twice()
      .reply(200, { head_sha: sha('a'), path: '.github/workflows/q.yml', run_attempt: 1 });
    await publish();
    expect(calls).toEqual(['create 1000']);
  });

  it('writes again when another job of the matrix has written over it', async () => {
    const { comments, calls } = fakeComments();
    let rounds = 0;
    await publish('always', async () => {
      if (rounds++ === 0)
        comments[0].body = writeComment({ ...earlier(20, 'theirs', 'faces'), head: sha('b') });
    });
    expect(calls).toEqual(['create 1000', 'edit 1000']);
    expect(texts(comments[0].body)).toEqual(['new', 'theirs']);
  });

  it('gives way to a later run that writes meanwhile', async () => {
    const { comments } = fakeComments();
    mockRun(30);
    const result = await publish('always', async () => {
      comments[0].body = writeComment(earlier(30));
    });
    expect(result).toEqual({ state: 'outdated', run: 30 });
  });

  it('makes the comment again when somebody deletes it', async () => {
    const { comments, calls } = fakeComments({ id: 5, body: writeComment(earlier(12)), login: bot });
    let rounds = 0;
    await publish('always', async () => {
      if (rounds++ === 0) comments.pop();
    });
    expect(calls).toEqual(['edit 5', 'create 1000']);
  });

  it('makes it again when it is gone before it can be edited', async () => {
    nock(API)
      .get(repositoryPath('/issues/7/comments'))
      .query(true)
      .reply(200, [
        { id: 5, body: writeComment(earlier(12)), user: { login: bot }, html_url: 'https://github.test/5' },
      ]);
    const { calls } = fakeComments();
    await publish();
    expect(calls).toEqual(['create 1000']);
  });

  it('tells when the comment never stays', async () => {
    const { comments } = fakeComments();
    const fight = publish('always', async () => {
      comments[0].body = writeComment(earlier(20, 'mine', 'x'));
    });
    await expect(fight).rejects.toThrow(
      'the comment on pull request 7 does not stay as it is written: report from one job that needs all the others',
    );
  });

  it('is silent where the policy says so, and keeps a comment up to date', async () => {
    const pass: Omit<Said, 'policy'> = { ...said, sections: [{ ...section, verdict: 'pass' }] };
    const { comments, calls } = fakeComments();
    expect(await publish('never')).toEqual({ state: 'silent' });
    expect(await publish('on-change', undefined, pass)).toEqual({ state: 'silent' });
    expect(await publish('on-failure', undefined, pass)).toEqual({ state: 'silent' });
    expect(calls).toEqual([]);
    await publish('on-failure');
    await publish('on-failure', undefined, { ...pass, run: 21 });
    expect(readComment(comments[0].body)?.sections[0].verdict).toBe('pass');
  });

  it('says which permission is missing', async () => {
    nock(API)
      .post(repositoryPath('/issues/7/comments'))
      .reply(403, { message: 'Resource not accessible by integration' });
    fakeComments();
    await expect(publish()).rejects.toThrow(
      'cannot comment on pull request 7: the token may not (403 Resource not accessible by integration): ' +
        'give the job `permissions: { contents: read, pull-requests: write }`; on pull requests of forks',
    );
  });

  it('refuses answers that are not comments', async () => {
    nock(API)
      .get(repositoryPath('/issues/7/comments'))
      .query(true)
      .reply(200, [{ id: -1 }]);
    fakeComments();
    await expect(publish()).rejects.toThrow('GitHub answered in a form that is not expected (0.id');
  });
});
