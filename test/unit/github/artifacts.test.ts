import { createHash } from 'node:crypto';
import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { listArtifacts, readArtifact } from '../../../src/github/artifacts.ts';
import { lookUpBaselineArtifact } from '../../../src/github/baseline-artifact.ts';
import {
  API,
  mockGitHub,
  mockPages,
  repository,
  repositoryPath,
  sha,
  testApi,
} from '../../support/http-mocks.ts';
import { zipOf } from '../../support/zip.ts';

mockGitHub();

const zip = zipOf({ name: 'signs.baseline.json', content: '{}' });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const artifact = {
  id: 5,
  name: 'quantgate-baseline',
  size_in_bytes: zip.length,
  expired: false,
  digest: digestOf(zip),
};
const run = {
  id: 30,
  path: '.github/workflows/gate.yml',
  event: 'push',
  conclusion: 'success',
  head_branch: 'main',
  head_sha: sha('a'),
  created_at: '2026-11-01T00:00:00Z',
  repository: { id: 1 },
  head_repository: { id: 1 },
};
const builtOn = sha('9');
const query = { branch: 'main', builtOn, workflow: '.github/workflows/gate.yml' };
const origin = { commit: sha('a'), date: run.created_at, runId: 30 };

const artifactsPath = (id: number) => repositoryPath(`/actions/runs/${id}/artifacts`);
const mockRunsBy = (filter: object, found: readonly (typeof run)[]) =>
  nock(API)
    .get(repositoryPath('/actions/workflows/gate.yml/runs'))
    .query({ branch: 'main', status: 'success', per_page: 100, ...filter })
    .reply(200, { total_count: found.length, workflow_runs: found });
const mockRuns = (...runs: readonly (typeof run)[]) => {
  mockRunsBy({ head_sha: builtOn }, []);
  // GitHub filters, and is not believed.
  mockRunsBy(
    { event: 'push' },
    runs.filter(({ event }) => event !== 'schedule'),
  );
  mockRunsBy(
    { event: 'schedule' },
    runs.filter(({ event }) => event === 'schedule'),
  );
};
/** What GitHub says of the history between a run's commit and the base. */
const mockHistory = (of = sha('a'), status = 'ahead') =>
  nock(API)
    .get(repositoryPath(`/compare/${of}...${builtOn}`))
    .query(true)
    .reply(200, { status, ahead_by: 1, commits: [{ sha: builtOn }] });
const mockHistoryFault = (status: number, of = sha('a')) =>
  nock(API)
    .get(repositoryPath(`/compare/${of}...${builtOn}`))
    .query(true)
    .reply(status, { message: 'Not Found' });
const mockArtifacts = (id: number, ...artifacts: readonly unknown[]) =>
  mockPages(artifactsPath(id), artifacts, 'artifacts');
const mockDownload = (id: number, body: Buffer) => {
  nock(API)
    .get(repositoryPath(`/actions/artifacts/${id}/zip`))
    .reply(302, '', { location: `https://storage.test/${id}?sig=x` });
  return nock('https://storage.test', { badheaders: ['authorization'] })
    .get(`/${id}`)
    .query({ sig: 'x' })
    .reply(200, body, { 'content-type': 'application/zip' });
};
const find = () => lookUpBaselineArtifact(testApi(), repository, query);

describe('findBaseline', () => {
  it('takes a run that has one', async () => {
    mockRuns(run, { ...run, id: 31, head_sha: sha('b') });
    mockArtifacts(31, { ...artifact, name: 'report' });
    mockArtifacts(30, artifact);
    mockHistory();
    mockDownload(5, zip);
    const found = await find();
    expect(found).toEqual({
      state: 'found',
      origin,
      files: new Map([['signs.baseline.json', Buffer.from('{}')]]),
    });
  });

  it('takes that of a schedule, which keeps the history alive where nobody pushes', async () => {
    mockRuns(run, { ...run, id: 40, event: 'schedule', head_sha: sha('c') });
    mockArtifacts(40, artifact);
    mockHistory(sha('c'));
    mockDownload(5, zip);
    expect(await find()).toMatchObject({ state: 'found', origin: { commit: sha('c'), runId: 40 } });
  });

  it('unites the artifacts of a matrix', async () => {
    const other = zipOf({ name: 'faces.baseline.json', content: '[]' });
    mockRuns(run);
    mockHistory();
    mockArtifacts(
      30,
      { ...artifact, name: 'quantgate-baseline-signs' },
      { ...artifact, id: 6, name: 'quantgate-baseline-faces', digest: null },
      { ...artifact, id: 7, name: 'quantgate-baselines' },
    );
    mockDownload(5, zip);
    mockDownload(6, other);
    const found = await find();
    expect(found.state === 'found' && [...found.files.keys()]).toEqual([
      'signs.baseline.json',
      'faces.baseline.json',
    ]);
  });

  it.each([
    ['a fork with a branch of that name', { head_repository: { id: 2 } }],
    ['a fork that is gone', { head_repository: null }],
    ['another event', { event: 'pull_request' }],
    ['another branch', { head_branch: 'dev' }],
    ['another workflow', { path: '.github/workflows/evil/gate.yml' }],
    ['a run that failed', { conclusion: 'failure' }],
  ])('takes nothing from %s', async (_, other) => {
    mockRuns({ ...run, ...other } as typeof run);
    expect(await find()).toEqual({ state: 'none-yet' });
  });

  it.each(['behind', 'diverged'])(
    'takes nothing from a tag named like the branch, whose commit is %s',
    async (status) => {
      mockRuns(run, { ...run, id: 31, head_sha: sha('b') });
      mockArtifacts(31, artifact);
      mockHistory(sha('b'), status);
      mockArtifacts(30, artifact);
      mockHistory();
      mockDownload(5, zip);
      expect(await find()).toMatchObject({ state: 'found', origin });
    },
  );

  it('takes nothing from a commit that has none in common with the base, and goes on', async () => {
    mockRuns(run, { ...run, id: 31, head_sha: sha('b') });
    mockArtifacts(31, artifact);
    mockHistoryFault(404, sha('b'));
    mockArtifacts(30, artifact);
    mockHistory();
    mockDownload(5, zip);
    expect(await find()).toMatchObject({ state: 'found', origin });
  });

  it.each(['diverged', undefined])(
    'is hidden, and not none, by very many runs of commits that are %s',
    async (status) => {
      const runs = Array.from({ length: 60 }, (_, i) => ({ ...run, id: 100 + i, head_sha: sha('b') }));
      mockRuns(run, ...runs);
      for (const { id } of runs.slice(10)) mockArtifacts(id);
      if (status === undefined) mockHistoryFault(404, sha('b'));
      else mockHistory(sha('b'), status);
      expect(await find()).toEqual({
        state: 'hidden',
        reason: expect.stringMatching(/^the newest 50 runs of main hide it, as run 159 does/),
      });
    },
  );

  it('has none yet where very many runs of the base have left none', async () => {
    const runs = Array.from({ length: 60 }, (_, i) => ({ ...run, id: 100 + i }));
    mockRuns(...runs);
    for (const { id } of runs.slice(10)) mockArtifacts(id);
    for (let i = 0; i < 5; i++) mockHistory();
    expect(await find()).toEqual({ state: 'none-yet' });
  });

  it('is unavailable, and not none, where GitHub does not tell what its commit is', async () => {
    mockRuns(run);
    mockArtifacts(30, artifact);
    mockHistoryFault(403);
    expect(await find()).toMatchObject({ state: 'unavailable' });
  });

  it('has none yet before the workflow has run', async () => {
    nock(API)
      .get(repositoryPath('/actions/workflows/gate.yml/runs'))
      .query(true)
      .times(3)
      .reply(404, { message: 'Not Found' });
    expect(await find()).toEqual({ state: 'none-yet' });
  });

  it('tells an expired one from none', async () => {
    mockRuns({ ...run, path: `${run.path}@refs/heads/main` }, { ...run, id: 29, head_sha: sha('c') });
    mockArtifacts(30, { ...artifact, expired: true });
    mockHistory();
    expect(await find()).toEqual({ state: 'expired', origin });
  });

  it('is unavailable without permission, and says which', async () => {
    nock(API)
      .get(repositoryPath('/actions/workflows/gate.yml/runs'))
      .query(true)
      .reply(403, { message: 'Resource not accessible by integration' });
    expect(await find()).toEqual({
      state: 'unavailable',
      reason:
        'cannot list the runs of .github/workflows/gate.yml on main: the token may not (403 Resource not accessible ' +
        'by integration): give the job `permissions: { contents: read, actions: read }`',
    });
  });

  it.each([
    ['is not what its digest says', { digest: `sha256:${'0'.repeat(64)}` }, zip, 'GitHub states sha256:000'],
    ['is not a zip', { digest: digestOf(Buffer.from('hello')) }, Buffer.from('hello'), 'not a readable zip'],
  ])('is unavailable when it %s', async (_, other, body, reason) => {
    mockRuns(run);
    mockHistory();
    mockArtifacts(30, { ...artifact, ...other });
    mockDownload(5, body);
    expect(await find()).toEqual({ state: 'unavailable', reason: expect.stringContaining(reason) });
  });

  it('is unavailable when two jobs made the baseline of one model', async () => {
    mockRuns(run);
    mockHistory();
    mockArtifacts(30, artifact, { ...artifact, id: 6, name: 'quantgate-baseline-2' });
    mockDownload(5, zip);
    mockDownload(6, zip);
    expect(await find()).toMatchObject({
      state: 'unavailable',
      reason: expect.stringContaining('two baseline artifacts hold signs.baseline.json'),
    });
  });
});

describe('readArtifact', () => {
  it('refuses what is expired or too large without downloading it', async () => {
    const api = testApi();
    await expect(readArtifact(api, repository, { ...artifact, expired: true })).rejects.toThrow(
      'has expired',
    );
    await expect(readArtifact(api, repository, { ...artifact, size_in_bytes: 2 ** 28 })).rejects.toThrow(
      'has 268435456 bytes, at most 134217728 are read',
    );
  });

  it('downloads again when the connection is cut in the middle', async () => {
    const cut = () =>
      new ReadableStream({
        start(stream) {
          stream.enqueue(zip.subarray(0, 10));
        },
        pull: (stream) => stream.error(new Error('socket hang up')),
      });
    let downloads = 0;
    const api = {
      ...testApi(),
      request: async () => ({ data: ++downloads < 3 ? cut() : new Blob([Uint8Array.from(zip)]).stream() }),
    };
    expect((await readArtifact(api, repository, artifact)).size).toBe(1);
    const broken = { ...api, request: async () => ({ data: cut() }) };
    await expect(readArtifact(broken, repository, artifact)).rejects.toThrow(
      'cannot download artifact quantgate-baseline: no answer from GitHub (socket hang up)',
    );
  });

  it('stops reading what is larger than GitHub said', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(stream) {
        sent += 2 ** 24;
        stream.enqueue(new Uint8Array(2 ** 24));
      },
    });
    const api = { ...testApi(), request: async () => ({ data: endless }) };
    await expect(readArtifact(api, repository, artifact)).rejects.toThrow(
      'it is larger than 134217728 bytes',
    );
    expect(sent).toBeLessThanOrEqual(2 ** 27 + 2 ** 25);
  });
});

describe('listArtifacts', () => {
  it('reads all pages', async () => {
    const many = Array.from({ length: 201 }, (_, i) => ({ ...artifact, id: i + 1, name: `report-${i}` }));
    mockArtifacts(30, ...many);
    expect(await listArtifacts(testApi(), repository, 30)).toEqual(many);
  });
});
