import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedTogether } from '../../../src/action/accepted-together.ts';
import type { Change } from '../../../src/action/change/change.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { bindingOf } from '../../../src/action/report-identity.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { storeAcceptance } from '../../../src/github/acceptance-store.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { ACTIONS_BOT, addFork, addMergeGroup, addPull, addToken } from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import type { Files } from '../../fake-github/git.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { fullName, type Pull } from '../../fake-github/state.ts';
import {
  baseConfig,
  endOf,
  makeWorld,
  permissions,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import { testApi } from '../../support/http-mocks.ts';
import { failing, passing } from '../../support/sample-reports.ts';

let github: Github;
const workspace = mkdtempSync(join(tmpdir(), 'quantgate-together-'));
beforeAll(async () => {
  writeFileSync(join(workspace, 'quantgate.yml'), baseConfig);
  github = await startGithub();
});
afterAll(async () => {
  rmSync(workspace, { recursive: true });
  await github.close();
});

const hash = (digits: string) => digits.repeat(32);
/** SHA-256 of the models on the base, and as the pull requests have them. */
const [signs, faces] = [hash('a0'), hash('b0')];
const [newSigns, newFaces] = [hash('a1'), hash('b1')];

/** A report on two models, of which those fail that are not the base's. */
function report(world: World, pull: Pull, models: { signs: string; faces: string }): Report {
  const whole = reportOn({ ...world, pull });
  const [model] = whole.models;
  const one = (name: string, modelSha256: string) => ({
    ...model!,
    name,
    modelSha256,
    targets: [[signs, faces].includes(modelSha256) ? passing : failing],
  });
  return { ...whole, models: [one('signs', models.signs), one('faces', models.faces)] };
}

async function accept({ repo }: World, accepted: Report, by: string): Promise<void> {
  const api = testApi(github.urls.api, addToken(github.state, ACTIONS_BOT, permissions));
  const acceptance = { by, reason: `${by} says so`, date: '2026-01-01T00:00:00Z' };
  await storeAcceptance(
    api,
    { owner: repo.owner, repo: repo.name },
    { quantgateAcceptance: 1, binding: bindingOf(accepted)!, ...acceptance },
  );
}

interface Queue {
  readonly world: World;
  readonly first: Pull;
  readonly second: Pull;
  readonly change: Change;
  /** What the gate says of both together. */
  readonly report: Report;
}

/** Two pull requests in a merge queue, each with a commit on top of the one before. */
function queue(given: { readonly files?: Files; readonly branch?: string } = {}): Queue {
  const world = makeWorld(github, { isFork: false });
  const { repo, pull: first } = world;
  const files = { 'faces.onnx': 'worse', ...given.files };
  const second = addPull(github.state, repo, { author: 'eve', branch: 'faces', files });
  const tip = repo.refs.get('heads/main')!;
  const group = addMergeGroup(github.state, repo, first, {
    base: tip,
    files: { 'signs.onnx': 'worse' },
    into: given.branch,
  }).sha;
  const head = addMergeGroup(github.state, repo, second, { base: group, files, into: given.branch }).sha;
  const base = { commit: group, branch: 'main' };
  const whole = report(world, second, { signs: newSigns, faces: newFaces });
  return {
    world,
    first,
    second,
    change: { head, base, pullRequest: undefined, queued: second.number },
    report: { ...whole, head, change: { base: group, branch: 'main', pullRequest: null } },
  };
}

async function ask({ world, change, report }: Queue, config = baseConfig) {
  let accepted: Report['accepted'];
  const judging = {
    config: parseConfig(config, 'quantgate.yml'),
    proposed: undefined,
    problem: undefined,
    absent: undefined,
  };
  const place = placeOfConfig(workspace, 'quantgate.yml');
  const { error, log } = await runMode(
    github,
    async (step) => {
      accepted = await acceptedTogether(report, { change, judging, place }, step);
      return { outputs: {}, summary: '', failure: undefined };
    },
    world,
    endOf(github, world),
  );
  expect(error).toBeUndefined();
  return { accepted, log };
}

const ofFirst = ({ world, first }: Queue) => report(world, first, { signs: newSigns, faces });
const ofSecond = ({ world, second }: Queue) => report(world, second, { signs, faces: newFaces });
async function acceptBoth(given: Queue): Promise<void> {
  await accept(given.world, ofFirst(given), 'mia');
  await accept(given.world, ofSecond(given), 'ada');
}

describe('a merge group of several accepted changes', () => {
  it('is accepted, with who accepted each of them', async () => {
    const both = queue();
    await acceptBoth(both);
    expect(await ask(both)).toEqual({
      accepted: { by: 'mia, ada', reason: '#1: mia says so; #2: ada says so' },
      log: [],
    });
  });

  it('is not where one of them is not, or what was accepted of it is another model', async () => {
    const one = queue();
    await accept(one.world, ofFirst(one), 'mia');
    const why = (model: string) =>
      `info: nobody has accepted model ${model} of this merge group, by this configuration and baseline`;
    expect(await ask(one)).toEqual({ accepted: undefined, log: [why('faces')] });
    await accept(one.world, report(one.world, one.second, { signs, faces: hash('b2') }), 'ada');
    expect(await ask(one)).toEqual({ accepted: undefined, log: [why('faces')] });
  });

  it.each<[string, Partial<Report>]>([
    ['another configuration', { configSha256: hash('99') }],
    ['another branch', { change: { base: '0'.repeat(40), branch: 'release', pullRequest: 2 } }],
    ['another pull request', { change: { base: '0'.repeat(40), branch: 'main', pullRequest: 9 } }],
  ])('is not where one was accepted by %s', async (_, other) => {
    const both = queue();
    await accept(both.world, ofFirst(both), 'mia');
    await accept(both.world, { ...ofSecond(both), ...other }, 'ada');
    expect((await ask(both)).accepted).toBeUndefined();
  });

  it('is not where another commit was accepted of one', async () => {
    const both = queue();
    await accept(both.world, ofFirst(both), 'mia');
    await accept(both.world, { ...ofSecond(both), head: both.first.headSha }, 'ada');
    expect((await ask(both)).accepted).toBeUndefined();
  });

  it('is not where one was compared with another baseline', async () => {
    const both = queue();
    const { models, ...rest } = ofSecond(both);
    const notCompared = { state: 'no-baseline-yet' } as const;
    await accept(both.world, ofFirst(both), 'mia');
    await accept(
      both.world,
      { ...rest, models: models.map((each) => ({ ...each, baseline: notCompared })) },
      'ada',
    );
    expect((await ask(both)).accepted).toBeUndefined();
  });

  it.each([
    ['data', 'inputs.npy'],
    ['labels', 'labels.npy'],
    ['what decides the content of data', '.gitattributes'],
    ['what says where data come from', 'data/labels.npy.dvc'],
  ])('is not where one of them changes %s', async (_, path) => {
    const both = queue({ files: { [path]: 'other' } });
    await acceptBoth(both);
    const { accepted, log } = await ask(both);
    expect(accepted).toBeUndefined();
    expect(log).toEqual([expect.stringContaining(`it changes "${path}", which decides what models`)]);
  });

  it('may change code and documentation besides', async () => {
    const both = queue({ files: { 'README.md': 'more', 'train.py': 'x' } });
    await acceptBoth(both);
    expect((await ask(both)).accepted?.by).toBe('mia, ada');
  });

  it('is not where the whole of it is doubted, or changes the configuration, or a module measures', async () => {
    const both = queue();
    await acceptBoth(both);
    const asked = async (more: Partial<Report>, config?: string) =>
      (await ask({ ...both, report: { ...both.report, ...more } }, config)).log.join();
    expect(await asked({ doubts: ['labels are its own'] })).toContain('labels are its own');
    expect(await asked({ proposed: { verdict: 'pass', reasons: [] } })).toContain(
      'changes the configuration',
    );
    expect(await asked({}, baseConfig.replace('top1', './metric.mjs'))).toContain('module');
  });

  it.each([
    ['is queued for another branch', { branch: 'release' }, undefined],
    ['has a run of another event', {}, { event: 'push' }],
    ['has a run of a fork', {}, 'fork'],
  ] as const)('is not known, and not accepted, where what comes first %s', async (_, given, run) => {
    const both = queue(given);
    const { repo } = both.world;
    const other =
      run === 'fork' ? { headRepo: fullName(addFork(github.state, repo, `forker-${repo.id}`)) } : run;
    Object.assign(repo.runs.find(({ headSha }) => headSha === both.change.base.commit)!, other);
    await acceptBoth(both);
    expect(await ask(both)).toEqual({ accepted: undefined, log: [] });
  });

  it('is not looked for where one alone is queued', async () => {
    const both = queue();
    await acceptBoth(both);
    const base = { commit: both.world.repo.refs.get('heads/main')!, branch: 'main' };
    expect(await ask({ ...both, change: { ...both.change, base } })).toEqual({
      accepted: undefined,
      log: [],
    });
    expect(await ask({ ...both, change: { ...both.change, queued: undefined } })).toEqual({
      accepted: undefined,
      log: [],
    });
  });

  it('is not accepted where GitHub does not tell, and the log says so', async () => {
    const both = queue();
    await acceptBoth(both);
    github.fault('checks/list-for-ref', faults.forbidden);
    expect(await ask(both)).toEqual({
      accepted: undefined,
      log: [expect.stringMatching(/^info: cannot read the acceptances of /)],
    });
  });
});
