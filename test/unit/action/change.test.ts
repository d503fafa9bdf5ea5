import nock from 'nock';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeOf, filesOf, warningsOf } from '../../../src/action/change/change.ts';
import type { Judging } from '../../../src/action/change/judging-config.ts';
import type { Job } from '../../../src/action/job.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import type { Api } from '../../../src/github/api.ts';
import type { ChangedFiles } from '../../../src/github/pull-request.ts';
import { baseConfig } from '../../support/action-world.ts';
import { API, mockGitHub, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';

const base = { commit: sha('b'), branch: 'main' };
const change = { head: sha('a'), base, pullRequest: 7 };

describe('what is proposed', () => {
  it('is the head of a pull request, for its base', () => {
    expect(changeOf({ kind: 'pull-request', number: 7, head: sha('a'), base })).toEqual(change);
  });

  it('is the head of a merge group, which is no pull request', () => {
    const group = { kind: 'merge-group', number: 7, head: sha('a'), base } as const;
    expect(changeOf(group)).toEqual({ ...change, pullRequest: undefined, queued: 7 });
  });

  it('is nothing after a push', () => {
    expect(changeOf({ kind: 'other' })).toBeUndefined();
  });
});

describe('the files of a change', () => {
  mockGitHub();
  let log: string[];
  beforeEach(() => {
    log = [];
  });

  const say = (line: string) => void log.push(line);
  const files = (api: Api = testApi()) =>
    filesOf(change, {
      api,
      job: { repository } as Job,
      log: { info: say, notice: say, warning: say, error: say },
    });
  const path = repositoryPath(`/compare/${base.commit}...${change.head}`);
  const answer = (count: number) => ({
    files: Array.from({ length: count }, (_, i) => ({ filename: `${i}.md`, status: 'added' })),
  });

  it('are those that differ between its base and the head that is judged', async () => {
    nock(API)
      .get(path)
      .query(true)
      .reply(200, { files: [{ filename: 'b.onnx', previous_filename: 'a.onnx', status: 'renamed' }] });
    expect(await files()).toEqual({
      files: [{ path: 'b.onnx', previousPath: 'a.onnx', status: 'renamed' }],
      complete: true,
    });
    expect(log).toEqual([]);
  });

  it.each([
    [299, true],
    [300, false],
  ])('where GitHub lists %i are all that there are: %s', async (count, complete) => {
    nock(API).get(path).query(true).reply(200, answer(count));
    expect(await files()).toMatchObject({ files: { length: count }, complete });
  });

  it.each([
    ['it fails', 422, { message: 'Validation Failed' }],
    ['its answer has no files', 200, {}],
    ['its answer has more files than it promises', 200, answer(301)],
  ])('are not known where GitHub is asked and %s, so all may have changed', async (_, status, body) => {
    nock(API).get(path).query(true).reply(status, body);
    expect(await files()).toBeUndefined();
    expect(log).toEqual([
      expect.stringMatching(/^all models are measured: cannot compare b{40} and a{40}: /),
    ]);
  });

  it('are not known without a token, and GitHub is not asked', async () => {
    const withoutToken = { api: undefined, job: { repository } as Job, log: { info: say } as never };
    expect(await filesOf(change, withoutToken)).toBeUndefined();
    expect(log).toEqual([]);
  });

  it('are not given up for a mistake of ours', async () => {
    const broken = { ...testApi(), request: async () => undefined as never };
    await expect(files(broken)).rejects.toThrow(TypeError);
  });
});

const judging: Judging = {
  config: parseConfig(baseConfig, 'quantgate.yml'),
  proposed: undefined,
  problem: undefined,
  absent: undefined,
};
const changed = (paths: readonly string[], complete = true): ChangedFiles => ({
  files: paths.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
  complete,
});

describe('a warning', () => {
  const text = baseConfig
    .replaceAll('inputs: inputs.npy', 'inputs: data')
    .replace('labels.npy', 'data/l.npy');
  const warnings = (paths: readonly string[]) =>
    warningsOf(
      changed(paths),
      { ...judging, config: parseConfig(text, 'quantgate.yml') },
      { root: '/nowhere', folder: '.' },
    );

  it.each([
    [['data/1'], 'data/1'],
    [['data/1', 'README.md', 'data/2', 'data/3'], 'data/1, data/2, data/3'],
    [['data/1', 'data/2', 'data/3', 'data/4'], 'data/1, data/2, data/3 and 1 more'],
    [['data/1', 'data/2', 'data/3', 'data/4', 'data/5'], 'data/1, data/2, data/3 and 2 more'],
  ])('of %j names the data %s', async (paths, named) => {
    expect(await warnings(paths)).toEqual([
      `the change changes what measures it: the base's judges it, and where it has data of its own the worse of both verdicts counts: ${named}`,
    ]);
  });
});
