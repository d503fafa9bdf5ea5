import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { type Acceptance, type Binding, refusal, voidBecause } from '../../../src/github/acceptance.ts';
import { readAcceptances, storeAcceptance } from '../../../src/github/acceptance-store.ts';
import {
  API,
  mockGitHub,
  mockIdentity,
  repository,
  repositoryPath,
  sha,
  testApi,
} from '../../support/http-mocks.ts';

mockGitHub();

const digest = (digit: string) => digit.repeat(64);
const binding: Binding = {
  head: sha('a'),
  pullRequest: 7,
  branch: 'main',
  configSha256: digest('1'),
  baselineSha256: digest('2'),
  models: { signs: digest('3'), faces: digest('4') },
};
const acceptance: Acceptance = {
  quantgateAcceptance: 1,
  binding,
  by: 'octocat',
  reason: 'the drop is ```on``` one <class> @team',
  date: '2026-11-24T10:00:00.000Z',
};

describe('voidBecause', () => {
  it('lets an acceptance hold for what it was given for', () => {
    expect(voidBecause(acceptance, structuredClone(binding))).toBeUndefined();
  });

  it.each<[string, Partial<Binding>]>([
    ['something was pushed since', { head: sha('b') }],
    ['it is of pull request 7 into "main"', { pullRequest: 8 }],
    ['it is of pull request 7 into "main"', { branch: 'dev' }],
    ['the configuration has changed since', { configSha256: digest('9') }],
    ['the baseline has changed since', { baselineSha256: digest('9') }],
    ['the baseline has changed since', { baselineSha256: null }],
    ['model signs has changed since', { models: { ...binding.models, signs: digest('9') } }],
    ['model faces has changed since', { models: { signs: digest('3') } }],
    ['model hands has changed since', { models: { ...binding.models, hands: digest('5') } }],
    ['model toString has changed since', { models: { ...binding.models, toString: digest('5') } as never }],
  ])('voids it when %s', (reason, change) => {
    expect(voidBecause(acceptance, { ...binding, ...change })).toBe(reason);
  });
});

describe('refusal', () => {
  const writer = { mayWrite: true, isAuthor: false, isPusher: false };
  const policy = { authorMayAccept: false };

  it('takes the word of somebody who may write for the head', () => {
    expect(refusal(writer, sha('a'), sha('a'), policy)).toBeUndefined();
    for (const own of [{ isAuthor: true }, { isPusher: true }])
      expect(refusal({ ...writer, ...own }, sha('a'), sha('a'), { authorMayAccept: true })).toBeUndefined();
  });

  it('takes no other', () => {
    expect(refusal({ ...writer, mayWrite: false }, sha('a'), sha('a'), policy)).toMatch(/may push/);
    expect(refusal({ ...writer, isAuthor: true }, sha('a'), sha('a'), policy)).toMatch(/author/);
    expect(refusal({ ...writer, isPusher: true }, sha('a'), sha('a'), policy)).toMatch(/pushed/);
    expect(refusal(writer, sha('a'), sha('b'), policy)).toContain(sha('b'));
  });
});

describe('the store', () => {
  const checks = repositoryPath(`/commits/${sha('a')}/check-runs`);
  const app = { slug: 'github-actions' };
  const mockChecks = (...runs: readonly unknown[]) => {
    mockIdentity();
    nock(API)
      .get(checks)
      .query({ check_name: 'quantgate acceptance', filter: 'all', per_page: 100 })
      .reply(200, { total_count: runs.length, check_runs: runs });
  };

  async function stored(): Promise<string> {
    let text = '';
    nock(API)
      .post(repositoryPath('/check-runs'), (body) => {
        expect(body).toMatchObject({ head_sha: sha('a'), status: 'completed', conclusion: 'neutral' });
        expect(body.output.summary).not.toMatch(/[<`]|@team/);
        text = body.output.text;
        return true;
      })
      .reply(201, { id: 1 });
    await storeAcceptance(testApi(), repository, acceptance);
    return text;
  }

  it('gives back what it was given, the latest first', async () => {
    const text = await stored();
    const later = { ...acceptance, reason: 'later' };
    mockChecks(
      { id: 1, head_sha: sha('a'), app, output: { text } },
      {
        id: 2,
        head_sha: sha('a'),
        app,
        output: { text: `\`\`\`json\n${JSON.stringify(later)}\n\`\`\`` },
      },
    );
    expect(await readAcceptances(testApi(), repository, sha('a'))).toEqual([later, acceptance]);
  });

  it('takes nothing that another App made, of another commit, or of another form', async () => {
    const text = await stored();
    mockChecks(
      { id: 1, head_sha: sha('a'), app: { slug: 'other' }, output: { text } },
      { id: 2, head_sha: sha('a'), app: null, output: { text } },
      { id: 3, head_sha: sha('b'), app, output: { text } },
      { id: 4, head_sha: sha('a'), app, output: { text: text.replace(sha('a'), sha('b')) } },
      { id: 5, head_sha: sha('a'), app, output: { text: text.replace('"by"', '"is"') } },
      { id: 6, head_sha: sha('a'), app, output: { text: '```json\n{\n```' } },
      { id: 7, head_sha: sha('a'), app, output: { text: null } },
    );
    expect(await readAcceptances(testApi(), repository, sha('a'))).toEqual([]);
  });

  it('says which permission is missing', async () => {
    nock(API).post(repositoryPath('/check-runs')).reply(403, { message: 'no' });
    await expect(storeAcceptance(testApi(), repository, acceptance)).rejects.toThrow(
      'give the job `permissions: { contents: read, checks: write }`',
    );
  });
});
