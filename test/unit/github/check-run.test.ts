import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { type CheckRun, publishCheckRun } from '../../../src/github/check-run.ts';
import { API, mockGitHub, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';

mockGitHub();

const check: CheckRun = {
  name: 'quantgate',
  head: sha('a'),
  externalId: '20/1/signs',
  verdict: 'fail',
  accepted: false,
  title: 'Fail',
  summary: '## Fail',
  annotations: [],
};
const annotations = Array.from({ length: 120 }, (_, i) => ({
  path: 'quantgate.yml',
  line: i + 1,
  level: 'warning' as const,
  message: `layer ${i}`,
}));
const answer = { id: 8, html_url: 'https://github.test/8' };
const mockExisting = (...runs: readonly unknown[]) =>
  nock(API)
    .get(repositoryPath(`/commits/${sha('a')}/check-runs`))
    .query({ check_name: 'quantgate', filter: 'all', per_page: 100 })
    .reply(200, { total_count: runs.length, check_runs: runs });
const publish = (what: Partial<CheckRun> = {}) =>
  publishCheckRun(testApi(), repository, { ...check, ...what });

interface Sent {
  readonly head_sha?: string;
  readonly conclusion: string;
  readonly output: { readonly summary: string; readonly annotations: { readonly start_line: number }[] };
}

function mockWrites(count: number, first: 'post' | 'patch'): Sent[] {
  const sent: Sent[] = [];
  const keep = (body: Sent) => sent.push(body) > 0;
  if (first === 'post') nock(API).post(repositoryPath('/check-runs'), keep).reply(201, answer);
  const updates = first === 'post' ? count - 1 : count;
  if (updates > 0) nock(API).patch(repositoryPath('/check-runs/8'), keep).times(updates).reply(200, answer);
  return sent;
}

describe('publishCheckRun', () => {
  it.each([
    ['pass', 'success'],
    ['fail', 'failure'],
    ['inconclusive', 'neutral'],
    ['error', 'failure'],
  ] as const)('concludes %s as %s', async (verdict, conclusion) => {
    mockExisting({ ...answer, external_id: '20/1/other', output: { annotations_count: 0 } });
    const sent = mockWrites(1, 'post');
    expect(await publish({ verdict })).toEqual({
      state: 'published',
      id: 8,
      url: 'https://github.test/8',
    });
    expect(sent).toMatchObject([{ head_sha: sha('a'), conclusion, output: { summary: '## Fail' } }]);
  });

  it('sends annotations by fifties', async () => {
    mockExisting();
    const sent = mockWrites(3, 'post');
    await publish({ annotations });
    expect(sent.map(({ output }) => output.annotations.length)).toEqual([50, 50, 20]);
    expect(sent.flatMap(({ output }) => output.annotations.map((each) => each.start_line))).toEqual(
      annotations.map(({ line }) => line),
    );
  });

  it('completes one that was cut off, without repeating its annotations', async () => {
    mockExisting({ ...answer, external_id: check.externalId, output: { annotations_count: 100 } });
    const sent = mockWrites(1, 'patch');
    await publish({ annotations });
    expect(sent[0].output.annotations.map((each) => each.start_line)).toEqual(
      annotations.slice(100).map(({ line }) => line),
    );
  });

  it('keeps the summary within what GitHub takes', async () => {
    mockExisting();
    const sent = mockWrites(1, 'post');
    await publish({ summary: 'größer\n'.repeat(20_000) });
    const { summary } = sent[0].output;
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    expect(summary).toMatch(/größer\n\nThe rest is in the summary of the job\.$/);
  });

  it('is denied without permission, which is no failure', async () => {
    mockExisting();
    nock(API)
      .post(repositoryPath('/check-runs'))
      .reply(403, { message: 'Resource not accessible by integration' });
    expect(await publish()).toEqual({
      state: 'denied',
      advice: expect.stringContaining('give the job `permissions: { contents: read, checks: write }`'),
    });
  });

  it('fails when GitHub finds it not valid', async () => {
    mockExisting();
    nock(API).post(repositoryPath('/check-runs')).reply(422, { message: 'No commit found for SHA' });
    await expect(publish()).rejects.toThrow('(422 No commit found for SHA)');
  });
});
