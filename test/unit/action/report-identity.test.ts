import { describe, expect, it } from 'vitest';
import { bindingOf } from '../../../src/action/report-identity.ts';
import type { BaselineState, ModelReport, Report } from '../../../src/report/report-schema.ts';
import { sha } from '../../support/http-mocks.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

const head = sha('a');
const change = { base: sha('b'), branch: 'main', pullRequest: 7 };
const sample = sampleReport([passing], { head, change });
const compared = sample.models[0].baseline as Extract<BaselineState, { state: 'compared' }>;
/** A model of this name, compared with the baseline of this digest, or with none. */
const model = (name: string, baseline: string | undefined, rest: Partial<ModelReport> = {}): ModelReport => ({
  ...sample.models[0],
  name,
  baseline:
    baseline === undefined ? { state: 'no-baseline-yet' } : { ...compared, sha256: baseline.repeat(64) },
  ...rest,
});
const of = (models: readonly ModelReport[], rest: Partial<Report> = {}) =>
  bindingOf({ ...sample, ...rest, models });
const baselineOf = (...models: ModelReport[]) => of(models)?.baselineSha256;

describe('what a verdict depends on', () => {
  it('is the pull request that was queued last where the report is of a merge group', () => {
    const merged = { ...sample, change: { ...change, pullRequest: null } };
    expect(bindingOf(merged)).toBeUndefined();
    expect(bindingOf(merged, 9)).toMatchObject({ pullRequest: 9, branch: 'main' });
  });

  it('is the commit, where it is proposed, the configuration, the models and the baselines', () => {
    const found = of([
      model('a', 'e', { modelSha256: '1'.repeat(64) }),
      model('b', undefined, { modelSha256: '2'.repeat(64) }),
    ]);
    expect(found).toEqual({
      head,
      pullRequest: 7,
      branch: 'main',
      configSha256: sample.configSha256,
      baselineSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      models: { a: '1'.repeat(64), b: '2'.repeat(64) },
    });
  });

  it('is no baseline where none is there to compare with, nor one that cannot be had', () => {
    expect(baselineOf(model('a', undefined))).toBeNull();
    const unavailable = { state: 'baseline-unavailable', reason: 'it has expired' } as const;
    expect(baselineOf(model('a', undefined, { baseline: unavailable }))).toBeNull();
  });

  it('are the baselines of all models, in any order', () => {
    const [a, b] = [model('a', 'e'), model('b', 'f')];
    expect(baselineOf(a, b)).toBe(baselineOf(b, a));
    expect(baselineOf(a, b, model('c', undefined))).toBe(baselineOf(a, b));
  });

  it.each([
    ['has another baseline', [model('a', 'e'), model('b', '0')]],
    ['has none', [model('a', 'e')]],
    ['has that of the other', [model('a', 'f'), model('b', 'e')]],
    ['has another name', [model('a', 'e'), model('c', 'f')]],
  ])('is something else once a model %s', (_, models) => {
    expect(baselineOf(...models)).not.toBe(baselineOf(model('a', 'e'), model('b', 'f')));
  });

  it('is not known, so nobody can accept it, where an error came before', () => {
    expect(of([model('a', 'e')], { head: null })).toBeUndefined();
    expect(of([])).toBeUndefined();
    expect(of([model('a', 'e'), model('b', 'f', { modelSha256: null })])).toBeUndefined();
    expect(of([model('a', 'e', { modelSha256: null })])).toBeUndefined();
    expect(of([model('a', 'e')], { change: undefined })).toBeUndefined();
  });
});
