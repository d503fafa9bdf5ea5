import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingOf } from '../../src/action/report-identity.ts';
import { storeAcceptance } from '../../src/github/acceptance-store.ts';
import { createClient } from '../../src/github/client.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { ACTIONS_BOT, addMergeGroup, addPull, addToken, pushToPull } from '../fake-github/build.ts';
import { type Event, eventsOf } from '../fake-github/events.ts';
import { faults } from '../fake-github/faults.ts';
import type { Files } from '../fake-github/git.ts';
import type { Pull } from '../fake-github/state.ts';
import { tinyClassifier } from '../support/models.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { failing, match, play, strict } from './scenarios.ts';
import { type Gated, openWorld, reading, type World } from './world.ts';

/** The same model in another file. */
const model = (text: string) => serializeModel({ ...tinyClassifier(), docString: text });
/** A base of two models, none of which keeps the budget. */
const two = {
  'quantgate.yml': ['a', 'b']
    .map((name) => `${strict.slice(strict.indexOf('  - name')).replaceAll('tiny', name)}    recover: off\n`)
    .reduce((text, each) => text + each, strict.slice(0, strict.indexOf('  - name'))),
  'a.onnx': model('base'),
  'b.onnx': model('base'),
};

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

play(
  {
    'What the gate leaves': {
      'are artifacts, one for the report and one for each target': {
        check: ({ artifacts, outputs, run }, { repo }) => {
          expect(Object.keys(artifacts)).toEqual([
            'quantgate-report',
            'quantgate-tiny-tensorrt',
            'quantgate-tiny-onnxruntime',
            'report.html',
          ]);
          const page = repo.artifacts.find(({ name }) => name === 'report.html')!;
          expect(Buffer.from(page.zip).toString('utf8')).toMatch(/^<!doctype html>/);
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
            'report-other.html',
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
        check: ({ report }) => expect(report?.models).toHaveLength(1),
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
    expect(passed.summary).toContain('Accepted by **maria**: fixed next week');

    pushToPull(world.github.state, world.pull, { 'tiny.onnx': 'a third model' });
    const pushed = await world.gate();
    expect([pushed.code, pushed.outputs.verdict], pushed.log).toEqual([1, 'fail']);
    await world.github.close();
  });

  it('passes with another one in a merge queue, where each is accepted for itself', async () => {
    const world = await openWorld(project, { base: two, head: { 'a.onnx': model('a') } });
    const { github, repo, pull: first } = world;
    const { state, urls } = github;
    const files = { 'b.onnx': model('b') };
    const second = addPull(state, repo, { author: 'eve', branch: 'b', files });
    const judge = async (pull: Pull, change: Files, event?: Event) => {
      for (const [path, content] of Object.entries({ ...two, ...change })) project.write(path, content!);
      return world.gate({ pull, event });
    };
    const accepted = [
      [first, { 'a.onnx': model('a') }],
      [second, files],
    ] as const;
    for (const [pull, change] of accepted) {
      const refused = await judge(pull, change);
      expect([refused.code, refused.outputs.verdict], refused.log).toEqual([1, 'fail']);
      await accept(refused, world);
    }

    const base = addMergeGroup(state, repo, first, {
      base: repo.refs.get('heads/main')!,
      files: { 'a.onnx': model('a') },
    }).sha;
    const merge = (files: Files) => {
      const head = addMergeGroup(state, repo, second, { base, files }).sha;
      const event = eventsOf(state, urls, repo).mergeGroup(second, { head, base });
      return judge(second, { 'a.onnx': model('a'), ...files }, event);
    };
    const merged = await merge(files);
    expect([merged.code, merged.outputs.verdict], merged.log).toEqual([0, 'fail']);
    expect(merged.said).toContain('notice: accepted by maria: #1: fixed next week; #2: fixed next week');
    // A model that nobody has accepted does not pass with the other.
    const refused = await merge({ 'b.onnx': model('c') });
    expect([refused.code, refused.outputs.verdict], refused.log).toEqual([1, 'fail']);
    await github.close();
  });
});
