import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeOf, filesOf, unchangedBecause, warningsOf } from '../../../src/action/change/change.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import type { Judging } from '../../../src/action/change/judging-config.ts';
import type { Job } from '../../../src/action/job.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import type { Api } from '../../../src/github/api.ts';
import type { ChangedFiles } from '../../../src/github/pull-request.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { baseConfig } from '../../support/action-world.ts';
import { API, mockGitHub, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';
import { tinyClassifier } from '../../support/models.ts';

const base = { commit: sha('b'), branch: 'main' };
const change = { head: sha('a'), base, pullRequest: 7 };

describe('what is proposed', () => {
  it('is the head of a pull request, for its base', () => {
    expect(changeOf({ kind: 'pull-request', number: 7, head: sha('a'), base })).toEqual(change);
  });

  it('is the head of a merge group, which is no pull request', () => {
    const group = { kind: 'merge-group', head: sha('a'), base } as const;
    expect(changeOf(group)).toEqual({ ...change, pullRequest: undefined });
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

describe('nothing has to be measured', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'quantgate-unchanged-'));
    writeFileSync(join(root, 'signs.onnx'), serializeModel(tinyClassifier()));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const config = parseConfig(baseConfig, 'quantgate.yml');
  const judging: Judging = { config, proposed: undefined, warnings: [] };
  const changed = (paths: readonly string[], complete = true): ChangedFiles => ({
    files: paths.map((path) => ({ path, previousPath: undefined, status: 'modified' })),
    complete,
  });
  const place = () => placeOfConfig(root, 'quantgate.yml');
  const why = (files: ChangedFiles, given: Partial<Judging> = {}) =>
    unchangedBecause(files, { ...judging, ...given }, place());

  it('where the change has none of the files that a verdict depends on', async () => {
    expect(await why(changed(['README.md', 'docs/a.md']))).toBe(
      'none of the 2 changed files is a model, its data or the configuration',
    );
    expect(await why(changed([]))).toMatch(/^none of the 0 changed files/);
  });

  it.each(['signs.onnx', 'inputs.npy', 'labels.npy', 'quantgate.yml'])(
    'but not where it has %s, among others',
    async (path) => {
      expect(await why(changed(['README.md', path]))).toBeUndefined();
    },
  );

  it('but not where GitHub cut the list of files off: what it left out may be a model', async () => {
    expect(await why(changed(['README.md'], false))).toBeUndefined();
    expect(await why(changed([], false))).toBeUndefined();
  });

  it('but not where the change would be judged otherwise by its own configuration', async () => {
    expect(await why(changed(['README.md']), { proposed: { problem: 'it is gone' } })).toBeUndefined();
  });

  it('but not where a module of the user decides, which may read any file', async () => {
    const text = baseConfig.replace('metric: top1', 'metric: ./metric.mjs');
    const given = { config: parseConfig(text, 'quantgate.yml') };
    expect(await why(changed(['README.md']), given)).toBeUndefined();
  });

  it('but not where a model cannot be read', async () => {
    rmSync(join(root, 'signs.onnx'));
    expect(await why(changed(['README.md']))).toBeUndefined();
  });

  describe('a warning', () => {
    const text = baseConfig
      .replaceAll('inputs: inputs.npy', 'inputs: data')
      .replace('labels.npy', 'data/l.npy');
    const warnings = (paths: readonly string[]) =>
      warningsOf(changed(paths), { ...judging, config: parseConfig(text, 'quantgate.yml') }, place());

    it.each([
      [['data/1'], 'data/1'],
      [['data/1', 'README.md', 'data/2', 'data/3'], 'data/1, data/2, data/3'],
      [['data/1', 'data/2', 'data/3', 'data/4'], 'data/1, data/2, data/3 and 1 more'],
      [['data/1', 'data/2', 'data/3', 'data/4', 'data/5'], 'data/1, data/2, data/3 and 2 more'],
    ])('of %j names the data %s', async (paths, named) => {
      expect(await warnings(paths)).toEqual([
        `the change is measured with data or code that it changes itself: ${named}`,
      ]);
    });
  });
});
