import { afterAll, beforeAll, expect } from 'vitest';
import { bindingOf } from '../../src/action/report-identity.ts';
import { pushToPull } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import { faults } from '../fake-github/faults.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { failing, loose, match, play, strict } from './scenarios.ts';
import { type Gated, named, type World } from './world.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const onModel = { 'tiny.onnx': 'another model' };
const pinned = (text: string) =>
  text.replace('    budget', '    ranges: { image: { alpha: -0.01, beta: 0.01 } }\n    budget');
const isUnchanged = ({ report, summary }: Gated, { github }: World) => {
  expect(report).toMatchObject({
    unchanged: match(/changed files is a model.*; "quantgate\.yml", "tiny\.onnx", .* as in base commit/),
    models: [],
    provider: null,
  });
  expect(summary).toMatch(/^## ✅ No model has changed/);
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
          expect(summary).toContain('With its own: **pass**. With that of the base: **fail**, which counts.');
        },
      },
      'where it tightens the budget: it passes, and is told that it would fail': {
        begin: () => ({ base: { 'quantgate.yml': loose }, head: { 'quantgate.yml': strict } }),
        says: [],
        check: ({ report }) => expect(report?.proposed).toMatchObject({ verdict: 'fail' }),
      },
      'where its own is not valid: an error, as nothing could be judged by it': {
        begin: () => ({ head: { 'quantgate.yml': 'version: 1\nmodels: []\n' } }),
        code: 1,
        verdict: 'error',
        check: ({ report }) =>
          expect(report?.proposed).toMatchObject({ verdict: 'error', reasons: [match(/quantgate\.yml:2/)] }),
      },
      'where it deletes its own: an error likewise': {
        begin: () => ({ head: { 'quantgate.yml': null } }),
        code: 1,
        verdict: 'error',
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
          const [target] = report!.models[0].targets;
          const layers = target?.verdict === 'error' ? [] : target!.layers;
          expect(layers[0]?.tensors[0]?.beta).toBeCloseTo(0.01);
        },
      },
      'which has none yet: its own judges, and nothing passes by it': {
        begin: () => ({ base: { 'quantgate.yml': null }, head: { 'quantgate.yml': baseConfig } }),
        verdict: 'inconclusive',
        says: [
          match(
            /^warning: there is no quantgate\.yml of the base commit .* judged by its own configuration and data$/,
          ),
        ],
        check: ({ report, summary }) => {
          expect(report?.models[0].targets.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
          expect(summary).toContain('may not be believed as it is');
        },
      },
      'which is not valid: an error, told what its own would say, for a maintainer to accept': {
        begin: () => ({ base: { 'quantgate.yml': 'version: 0\n' }, head: { 'quantgate.yml': baseConfig } }),
        code: 1,
        verdict: 'error',
        check: ({ report }) => {
          expect(report?.models[0].targets[0].reasons).toEqual([
            match(
              /^quantgate\.yml of the base commit \w+ is not valid, so nothing is judged by it: quantgate\.yml:1/,
            ),
          ]);
          expect(report?.proposed).toMatchObject({ verdict: 'pass' });
          expect(bindingOf(report!)).toBeDefined();
        },
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
      'and does not pass with labels that the base does not have': {
        begin: () => ({ head: { ...onModel, 'labels.npy': 'of its own' } }),
        code: 1,
        verdict: 'inconclusive',
        says: [
          match(/^warning: the change changes what measures it: .*: labels\.npy$/),
          match(/^warning: "labels\.npy" measures the change, and may be its own: the base has none/),
          match(/^error: it may not be believed as it is: "labels\.npy"/),
        ],
      },
    },
    'A pull request that touches no model': {
      'passes without measuring': {
        begin: () => ({ base: named(project), head: { 'README.md': '# better\n' } }),
        says: [],
        check: isUnchanged,
      },
      'passes in a merge group': {
        begin: () => ({ base: named(project), head: { 'src/app.py': 'print()\n' } }),
        job: { on: 'merge group' },
        check: isUnchanged,
      },
      'is measured where it touches data': {
        begin: () => ({ base: named(project), head: { 'inputs.npy': 'others' } }),
        check: isMeasured,
      },
      'is measured where GitHub does not tell its files, which the log says': {
        begin: () => ({ base: named(project), head: { 'README.md': '# better\n' } }),
        with: ({ github }) => github.fault('repos/compare-commits-with-basehead', faults.notFound),
        check: (result) => {
          isMeasured(result);
          expect(result.stdout).toContain('all models are measured: cannot compare');
        },
      },
      'is measured where GitHub does not tell what the base has, which the log says': {
        begin: () => ({ base: named(project), head: { 'README.md': '# better\n' } }),
        with: ({ github }) => github.fault('git/get-tree', faults.notFound),
        check: (result) => {
          isMeasured(result);
          expect(result.stdout).toContain('all models are measured: cannot list the files of');
        },
      },
      'is measured where a later push takes back what it changes': {
        check: async (_, world) => {
          const { github, repo, pull } = world;
          const event = eventsOf(github.state, github.urls, repo).pullRequest(pull);
          pushToPull(github.state, pull, { 'tiny.onnx': null });
          isMeasured(await world.gate({ event }));
        },
      },
    },
  },
  () => project,
);
