import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingOf } from '../../src/action/binding.ts';
import { storeAcceptance } from '../../src/github/acceptance-store.ts';
import { createClient } from '../../src/github/client.ts';
import { ACTIONS_BOT, addToken, pushToPull } from '../github/build.ts';
import { faults } from '../github/faults.ts';
import { baseConfig, makeProject, type Project } from './project.ts';
import { loose, match, play, strict, tooLarge } from './scenarios.ts';
import { type Gated, openWorld, reading, type World } from './world.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const onModel = { 'tiny.onnx': 'another model' };
const failing = ['error: tiny, snpe-w4a4: ', tooLarge].map((text) => match(new RegExp(`^${text}`)));
const pinned = (text: string) =>
  text.replace('    budget', '    ranges: { image: { alpha: -0.01, beta: 0.01 } }\n    budget');
const isUnchanged = ({ report, summary }: Gated, { github }: World) => {
  expect(report).toMatchObject({ unchanged: match(/changed files is a model/), models: [], provider: null });
  expect(summary).toMatch(/^## Pass: no model has changed/);
  expect(github.calls('actions/list-workflow-runs')).toEqual([]);
};
const isMeasured = ({ report }: Gated) => expect(report?.models).toHaveLength(1);

play(
  {
    'A pull request is judged by the configuration of its base': {
      'which is the same, and the report names the commit that was judged': {
        says: [],
        check: ({ report }, { pull }) => {
          expect(report?.head).toBe(pull.headSha);
          expect(report).not.toHaveProperty('proposed');
        },
      },
      'where it loosens the budget: it fails, and is told that it would pass': {
        begin: () => ({ base: { 'quantgate.yml': strict }, head: { 'quantgate.yml': loose } }),
        code: 1,
        verdict: 'fail',
        says: failing,
        check: ({ report, summary }) => {
          expect(report?.proposed).toMatchObject({ verdict: 'pass' });
          expect(summary).toContain('With its own: **pass**; judged by that of the base: **fail**');
        },
      },
      'where it tightens the budget: it passes, and is told that it would fail': {
        begin: () => ({ base: { 'quantgate.yml': loose }, head: { 'quantgate.yml': strict } }),
        says: [],
        check: ({ report }) => expect(report?.proposed).toMatchObject({ verdict: 'fail' }),
      },
      'where its own is not valid, which it is told': {
        begin: () => ({ head: { 'quantgate.yml': 'version: 1\nmodels: []\n' } }),
        check: ({ report }) =>
          expect(report?.proposed).toMatchObject({ verdict: 'error', reasons: [match(/quantgate\.yml:2/)] }),
      },
      'where it deletes its own': {
        begin: () => ({ head: { 'quantgate.yml': null } }),
        check: ({ report }) => expect(report?.proposed).toMatchObject({ verdict: 'error' }),
      },
      'which cannot judge it: an error, told what its own would say, for a maintainer to accept': {
        begin: () => ({
          base: { 'quantgate.yml': baseConfig.replace('inputs: inputs.npy', 'inputs: { old: inputs.npy }') },
          head: { 'quantgate.yml': baseConfig, ...onModel },
        }),
        code: 1,
        verdict: 'error',
        check: ({ report }) => {
          expect(report?.proposed).toMatchObject({ verdict: 'pass' });
          expect(report?.models[0]?.targets[0]?.reasons).toEqual([match(/old/)]);
          expect(bindingOf(report!)).toBeDefined();
        },
      },
      'with the ranges that it pins, which are what it proposes': {
        begin: () => ({
          base: { 'quantgate.yml': baseConfig.replace('10pp', '0.1pp') },
          head: { 'quantgate.yml': pinned(baseConfig.replace('10pp', '0.1pp')) },
        }),
        code: 1,
        verdict: 'fail',
        check: ({ report }) => {
          expect(report).not.toHaveProperty('proposed');
          const [target] = report!.models[0]!.targets;
          const layers = target?.verdict === 'error' ? [] : target!.layers;
          expect(layers[0]?.tensors[0]?.beta).toBeCloseTo(0.01);
        },
      },
      'which has none yet: its own judges, and that is said': {
        begin: () => ({ base: { 'quantgate.yml': null }, head: { 'quantgate.yml': baseConfig } }),
        says: [
          match(
            /^warning: there is no quantgate\.yml of the base commit .* judged by its own configuration$/,
          ),
        ],
      },
      'which is not valid: its own judges, and that is said': {
        begin: () => ({ base: { 'quantgate.yml': 'version: 0\n' }, head: { 'quantgate.yml': baseConfig } }),
        says: [
          match(
            /^warning: quantgate\.yml of the base commit \w+ is not valid: quantgate\.yml:1.* judged by its own configuration$/,
          ),
        ],
      },
      'which has none, and neither has it': {
        begin: () => ({ base: { 'quantgate.yml': null } }),
        code: 1,
        verdict: undefined,
        says: [match(/^error: .*quantgate\.yml cannot be read/)],
      },
      'which cannot be read without contents: read': {
        begin: () => ({ isPrivate: true }),
        job: { permissions: { pull_requests: 'read' } },
        code: 1,
        verdict: undefined,
        says: [
          match(/^error: cannot read quantgate\.yml at .*give the job `permissions: \{ contents: read \}`$/),
        ],
      },
      'which is hidden from a token without any permission': {
        begin: () => ({ isPrivate: true }),
        job: { permissions: {} },
        code: 1,
        verdict: undefined,
        says: [match(/^error: cannot read commit .*give the job `permissions: \{ contents: read \}`$/)],
      },
      'which cannot be read without a token': {
        job: { inputs: { token: ' ' } },
        code: 1,
        verdict: undefined,
        says: [match(/^error: quantgate\.yml of the base commit .* cannot be read without a token/)],
      },
      'in a merge group too': {
        begin: () => ({ base: { 'quantgate.yml': strict }, head: { 'quantgate.yml': loose } }),
        job: { on: 'merge group' },
        code: 1,
        verdict: 'fail',
        says: failing,
      },
      'and is told that it changes what measures it': {
        begin: () => ({ head: { ...onModel, 'labels.npy': 'of its own' } }),
        says: ['warning: the change is measured with data or code that it changes itself: labels.npy'],
      },
    },
    'A pull request that touches no model': {
      'passes without measuring': {
        begin: () => ({ head: { 'README.md': '# better\n' } }),
        says: [],
        check: isUnchanged,
      },
      'passes in a merge group': {
        begin: () => ({ head: { 'src/app.py': 'print()\n' } }),
        job: { on: 'merge group' },
        check: isUnchanged,
      },
      'is measured where it touches data': {
        begin: () => ({ head: { 'inputs.npy': 'others' } }),
        check: isMeasured,
      },
      'is measured where GitHub does not list its files, which the log says': {
        begin: () => ({ isPrivate: true, head: { 'README.md': '# better\n' } }),
        job: { permissions: { contents: 'read' } },
        check: (result) => {
          isMeasured(result);
          expect(result.stdout).toContain('permissions: { contents: read, pull-requests: read }');
        },
      },
    },
    'What the gate leaves': {
      'are artifacts, one for the report and one for each target': {
        check: ({ artifacts, outputs, run }, { repo }) => {
          expect(Object.keys(artifacts)).toEqual([
            'quantgate-report',
            'quantgate-tiny-tensorrt',
            'quantgate-tiny-onnxruntime',
          ]);
          const made = repo.artifacts.filter((each) => each.run === run.id);
          expect(made.map(({ id }) => id)).toEqual(Object.values(artifacts));
          expect(Number(outputs.drop)).toBeTypeOf('number');
          expect(outputs['worst-layer']).toMatch(/^[\w./:-]+$/);
        },
      },
      'are artifacts of the models of a job of a matrix': {
        begin: () => {
          const second = baseConfig
            .slice(baseConfig.indexOf('  - name'))
            .replace('name: tiny', 'name: other');
          return { base: { 'quantgate.yml': baseConfig + second } };
        },
        job: { inputs: { models: 'other' } },
        check: ({ artifacts, report }) => {
          expect(Object.keys(artifacts)).toEqual([
            'quantgate-report-other',
            'quantgate-other-tensorrt',
            'quantgate-other-onnxruntime',
          ]);
          expect(report?.models.map(({ name }) => name)).toEqual(['other']);
        },
      },
      'is nothing for a model that is not there': {
        job: { inputs: { models: 'tiny, gone' } },
        code: 1,
        verdict: undefined,
        says: ['error: input models names gone, which the configuration does not have: it has tiny'],
      },
      'stays in its folder on a server without an artifact service': {
        begin: () => ({ host: 'ghes' }),
        job: { artifacts: false },
        says: [],
        check: ({ stdout, artifacts }) => {
          expect(stdout).toContain('there is no artifact service here: files stay in quantgate-out');
          expect(artifacts).toEqual({});
        },
      },
      'costs no verdict where it cannot be uploaded': {
        with: ({ github }) => github.fault('results/CreateArtifact', faults.forbidden),
        says: [
          match(
            /^warning: artifact quantgate-report could not be uploaded .* stay in quantgate-out, quantgate-out\/chips/,
          ),
        ],
        check: isMeasured,
      },
      'is written over by another attempt of the run': {
        check: async ({ run }, world) => {
          run.attempt += 1;
          const again = await world.gate({ run });
          expect(again.said).toEqual([]);
          expect(Object.keys(again.artifacts)).toContain('quantgate-report');
        },
      },
      'is a comment and a check run, where the job may write and none says never': {
        begin: () => ({ base: { 'quantgate.yml': strict.replace('models:', 'comment: always\nmodels:') } }),
        job: {
          inputs: { comment: '' },
          permissions: { ...reading, pull_requests: 'write', checks: 'write' },
        },
        code: 1,
        verdict: 'fail',
        says: failing,
        check: (_, { repo, pull }) => {
          expect(repo.comments.map(({ issue }) => issue)).toEqual([pull.number]);
          expect(repo.checkRuns.map(({ headSha, conclusion }) => [headSha, conclusion])).toEqual([
            [pull.headSha, 'failure'],
          ]);
        },
      },
    },
  },
  () => project,
);

describe('A commit that somebody has accepted', () => {
  async function accept({ report }: Gated, { github }: World): Promise<void> {
    const token = addToken(github.state, ACTIONS_BOT, { checks: 'write' });
    const api = createClient({ token, apiUrl: github.urls.api });
    await storeAcceptance(
      api,
      { owner: 'acme', repo: 'models' },
      {
        quantgateAcceptance: 1,
        binding: bindingOf(report!)!,
        by: 'maria',
        reason: 'fixed next week',
        date: '2026-11-24T00:00:00Z',
      },
    );
  }

  it('passes, with the verdict as it is; the next push does not', async () => {
    const world = await openWorld(project, { base: { 'quantgate.yml': strict } });
    const refused = await world.gate();
    expect([refused.code, refused.outputs.verdict], refused.log).toEqual([1, 'fail']);
    await accept(refused, world);

    const passed = await world.gate();
    expect([passed.code, passed.outputs.verdict], passed.log).toEqual([0, 'fail']);
    expect(passed.said).toEqual([
      match(/^warning: tiny, snpe-w4a4: /),
      'notice: accepted by maria: fixed next week',
    ]);
    expect(passed.report?.accepted).toEqual({ by: 'maria', reason: 'fixed next week' });
    expect(passed.summary).toContain('Accepted by maria: fixed next week');

    pushToPull(world.github.state, world.repo, world.pull, { 'tiny.onnx': 'a third model' });
    const pushed = await world.gate();
    expect([pushed.code, pushed.outputs.verdict], pushed.log).toEqual([1, 'fail']);
    await world.github.close();
  });
});
