import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply } from '../../../src/action/commands/apply.ts';
import { readPullRequest } from '../../../src/github/pull-request.ts';
import { ACTIONS_BOT, addToken, pushToPull } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import {
  baseConfig,
  leave,
  makeWorld,
  permissions,
  reportOn,
  type World,
} from '../../support/action-world.ts';
import { judged, say } from '../../support/commenting.ts';
import { testApi } from '../../support/http-mocks.ts';
import { attributed, improved, passing, recovered } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

describe('/quantgate apply', () => {
  const configOf = ({ repo, pull }: World, of = repo) => {
    const commit = of.commits.get(of.refs.get(`heads/${pull.headBranch}`)!)!;
    return Buffer.from(of.blobs.get(of.trees.get(commit.tree)!.get('quantgate.yml')!)!).toString();
  };

  it('commits the suggested ranges to the branch, and says that GitHub starts nothing by itself', async () => {
    const world = judged(github, { isFork: false });
    const { answers, reactions } = await say(github, world, 'ada', '/quantgate apply');
    expect(configOf(world)).toBe(
      baseConfig.replace(
        'snpe]',
        '{ chip: snpe, ranges: { "input": { alpha: 0, beta: 1.02 }, "r3": { alpha: -0.5, beta: 4.25 } } }]',
      ),
    );
    const tip = world.repo.refs.get(`heads/${world.pull.headBranch}`)!;
    expect(world.repo.commits.get(tip)!.message).toMatch(
      /^Set what quantgate has measured\n\nAsked for by ada on pull request 1\.$/,
    );
    expect(answers[0]).toMatch(
      new RegExp(
        `^Committed 2 ranges of signs on snpe as ${tip}. GitHub starts no workflow for a commit of a job: close and open`,
      ),
    );
    expect(reactions).toEqual(['eyes', '+1']);
  });

  it('commits the plan of a recovery that keeps the budgets, and not one that misses them', async () => {
    const world = makeWorld(github, { isFork: false });
    leave(github, world, reportOn(world, [recovered]));
    const { answers } = await say(github, world, 'ada', '/quantgate apply');
    expect(configOf(world)).toBe(
      baseConfig.replace('snpe]', '{ chip: snpe, recipe: [equalize, correct-bias] }]'),
    );
    expect(answers[0]).toMatch(/^Committed recipe of signs on snpe as [0-9a-f]{40}\./);
    const other = makeWorld(github, { isFork: false });
    leave(github, other, reportOn(other, [{ ...improved, suggestion: null }]));
    await say(github, other, 'ada', '/quantgate apply');
    expect(configOf(other)).toBe(baseConfig);
  });

  it('writes another granularity, which is part of the name of the target', async () => {
    const world = makeWorld(github, { isFork: false });
    const { plan, attempts } = recovered.recovery!;
    const changes = { weights: 'per-channel' } as const;
    const recovery = { plan: { ...plan!, changes }, attempts };
    leave(github, world, reportOn(world, [{ ...recovered, recovery }]));
    const { answers } = await say(github, world, 'ada', '/quantgate apply');
    expect(configOf(world)).toBe(baseConfig.replace('snpe]', '{ chip: snpe, weights: per-channel }]'));
    expect(answers[0]).toContain('Committed granularity of weights of signs on snpe');
  });

  it('shows the change to the owner of a fork', async () => {
    const world = judged(github);
    const { answers } = await say(github, world, 'ada', '/quantgate apply');
    expect(answers[0]).toContain(
      '+    targets: [tensorrt, { chip: snpe, ranges: { "input": { alpha: 0, beta: 1.02 }',
    );
    expect(configOf(world, github.state.repos.get(world.pull.headRepo!)!)).toBe(baseConfig);
  });

  it('is not for everybody', async () => {
    const world = judged(github, { isFork: false });
    const { answers } = await say(github, world, 'eve', '/quantgate apply');
    expect(answers).toEqual(['Only people who may push to the repository can have changes committed.']);
    expect(configOf(world)).toBe(baseConfig);
  });

  it('leaves a target that passes as it is, and one that the configuration does not have', async () => {
    const world = makeWorld(github, { isFork: false });
    const { suggestion } = attributed;
    const passes = { ...passing, suggestion };
    const unknown = { ...attributed, target: 'other' };
    leave(github, world, reportOn(world, [passes, attributed, unknown]));
    await say(github, world, 'ada', '/quantgate apply');
    expect(configOf(world)).toMatch(/targets: \[tensorrt, \{ chip: snpe, ranges: /);
  });

  it('says so where nothing is suggested', async () => {
    const world = makeWorld(github, { isFork: false });
    leave(github, world, reportOn(world, [{ ...attributed, suggestion: null }]));
    const { answers } = await say(github, world, 'ada', '/quantgate apply');
    expect(answers[0]).toBe('The report has no measured change that can be written.');
  });

  it('writes nothing that makes the configuration invalid, nor of a model that it does not have', async () => {
    const world = makeWorld(github, { isFork: false });
    const { suggestion } = attributed;
    const changes = [{ ...suggestion!.changes[0], alpha: 5, beta: 1 }];
    leave(github, world, reportOn(world, [{ ...attributed, suggestion: { ...suggestion!, changes } }]));
    const bad = await say(github, world, 'ada', '/quantgate apply');
    expect(bad.outcome?.failure).toContain('alpha must be below beta');
    const other = makeWorld(github, { isFork: false });
    const report = reportOn(other, [attributed]);
    leave(github, other, { ...report, models: report.models.map((model) => ({ ...model, name: 'ghost' })) });
    await say(github, other, 'ada', '/quantgate apply');
    expect([configOf(world), configOf(other)]).toEqual([baseConfig, baseConfig]);
  });

  it('commits nothing to a branch that has moved on from what was judged', async () => {
    const world = judged(github, { isFork: false });
    const { repo, pull } = world;
    const api = testApi(github.urls.api, addToken(github.state, ACTIONS_BOT, permissions));
    const repository = { owner: repo.owner, repo: repo.name };
    const asked = { api, repository, by: 'ada', mayWrite: true, configPath: 'quantgate.yml' };
    const seen = await readPullRequest(api, repository, pull.number);
    pushToPull(github.state, pull, { 'signs.onnx': 'another' });
    expect(await apply({ ...asked, pull: seen })).toEqual({
      done: false,
      text: 'Something was pushed in the meantime: wait for the next report.',
    });
    expect(configOf(world)).toBe(baseConfig);
  });

  it('commits nothing twice: what it committed has to be judged first', async () => {
    const world = judged(github, { isFork: false });
    await say(github, world, 'ada', '/quantgate apply');
    const tip = () => world.repo.refs.get(`heads/${world.pull.headBranch}`)!;
    const first = tip();
    const { answers } = await say(github, world, 'ada', '/quantgate apply');
    expect(tip()).toBe(first);
    expect(answers[0]).toMatch(/^No finished run of the gate has a report on/);
  });
});
