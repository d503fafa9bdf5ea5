import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { mayWrite, readAccess } from '../../../src/github/permissions.ts';
import {
  findPullRequests,
  listChangedFiles,
  listComparedFiles,
  readPullRequest,
} from '../../../src/github/pull-request.ts';
import { react } from '../../../src/github/reactions.ts';
import {
  API,
  mockGitHub,
  mockPages,
  repository,
  repositoryPath,
  sha,
  testApi,
} from '../../support/http-mocks.ts';

mockGitHub();

const repoOf = (owner: string, id: number) => ({ id, name: 'models', owner: { login: owner } });
const pull = {
  number: 7,
  state: 'open',
  user: { login: 'mallory' },
  head: { ref: 'main', sha: sha('a'), repo: repoOf('mallory', 2) },
  base: { ref: 'main', sha: sha('b'), repo: repoOf('octo', 1) },
};

describe('findPullRequests', () => {
  const head = { sha: sha('a'), branch: 'main', repositoryId: 2, repositoryOwner: 'mallory' };
  const mockPulls = (...pulls: readonly unknown[]) =>
    nock(API)
      .get(repositoryPath('/pulls'))
      .query({ state: 'open', head: 'mallory:main', per_page: 100 })
      .reply(200, pulls);

  it('finds the one of a head commit and its repository', async () => {
    mockPulls(pull);
    expect(await findPullRequests(testApi(), repository, head)).toEqual([
      {
        number: 7,
        open: true,
        author: 'mallory',
        head: { ref: 'main', sha: sha('a'), repository: { owner: 'mallory', repo: 'models', id: 2 } },
        base: { ref: 'main', sha: sha('b'), repository: { owner: 'octo', repo: 'models', id: 1 } },
      },
    ]);
  });

  it('takes none of another commit or repository', async () => {
    mockPulls(
      { ...pull, head: { ...pull.head, sha: sha('c') } },
      { ...pull, head: { ...pull.head, repo: repoOf('mallory', 3) } },
      { ...pull, head: { ...pull.head, repo: null } },
    );
    expect(await findPullRequests(testApi(), repository, head)).toEqual([]);
  });
});

describe('readPullRequest', () => {
  it('reads one whose author and fork are gone', async () => {
    nock(API)
      .get(repositoryPath('/pulls/7'))
      .reply(200, { ...pull, state: 'closed', user: null, head: { ...pull.head, repo: null } });
    expect(await readPullRequest(testApi(), repository, 7)).toMatchObject({
      open: false,
      author: undefined,
      head: { sha: sha('a'), repository: undefined },
    });
  });

  it('refuses a head that is not a commit', async () => {
    nock(API)
      .get(repositoryPath('/pulls/7'))
      .reply(200, { ...pull, head: { ...pull.head, sha: 'a; rm -rf' } });
    await expect(readPullRequest(testApi(), repository, 7)).rejects.toThrow('head.sha');
  });
});

describe('listChangedFiles', () => {
  const path = repositoryPath('/pulls/7/files');

  it('reads all pages, with where files came from', async () => {
    const files = Array.from({ length: 130 }, (_, i) => ({ filename: `m/${i}.onnx`, status: 'modified' }));
    mockPages(path, [...files, { filename: 'b', previous_filename: 'a', status: 'renamed' }]);
    const changed = await listChangedFiles(testApi(), repository, 7);
    expect(changed.complete).toBe(true);
    expect(changed.files).toHaveLength(131);
    expect(changed.files.at(-1)).toEqual({ path: 'b', previousPath: 'a', status: 'renamed' });
  });

  it('tells when there may be more than GitHub lists', async () => {
    mockPages(
      path,
      Array.from({ length: 3000 }, (_, i) => ({ filename: `${i}`, status: 'added' })),
    );
    expect((await listChangedFiles(testApi(), repository, 7)).complete).toBe(false);
  });
});

describe('listComparedFiles', () => {
  const files = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ filename: `${i}`, status: 'added' }));
  const compare = (count: number) => {
    nock(API)
      .get(repositoryPath(`/compare/${sha('b')}...${sha('a')}`))
      .query({ per_page: 1 })
      .reply(200, { files: files(count) });
    return listComparedFiles(testApi(), repository, sha('b'), sha('a'));
  };

  it('lists what differs, and tells when there may be more than GitHub lists', async () => {
    expect(await compare(2)).toEqual({
      files: ['0', '1'].map((path) => ({ path, previousPath: undefined, status: 'added' })),
      complete: true,
    });
    expect((await compare(300)).complete).toBe(false);
  });
});

describe('readAccess', () => {
  it.each([
    [{ permission: 'admin', role_name: 'admin' }, true],
    [{ permission: 'write', role_name: 'maintain' }, true],
    [{ permission: 'write', role_name: 'ml-reviewer' }, true],
    [{ permission: 'read', role_name: 'triage' }, false],
    [{ permission: 'none', role_name: 'none' }, false],
  ])('of %j may write: %s', async (answer, expected) => {
    nock(API).get(repositoryPath('/collaborators/a%2Fb/permission')).reply(200, answer);
    const access = await readAccess(testApi(), repository, 'a/b');
    expect(access).toEqual({ permission: answer.permission, role: answer.role_name });
    expect(mayWrite(access)).toBe(expected);
  });

  it('is none for an account that is gone, and refuses what it does not know', async () => {
    nock(API).get(repositoryPath('/collaborators/x/permission')).reply(404, { message: 'x is not a user' });
    expect(mayWrite(await readAccess(testApi(), repository, 'x'))).toBe(false);
    nock(API).get(repositoryPath('/collaborators/x/permission')).reply(200, { permission: 'owner' });
    await expect(readAccess(testApi(), repository, 'x')).rejects.toThrow('not expected (permission');
  });
});

describe('react', () => {
  it('adds a reaction', async () => {
    nock(API).post(repositoryPath('/issues/comments/5/reactions'), { content: 'eyes' }).reply(201, {});
    await react(testApi(), repository, 5, 'eyes');
  });
});
