import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS_BOT, addComment, addFork, addPull, addRepo, addRun, addToken } from '../github/build.ts';
import { type Event, eventsOf } from '../github/events.ts';
import { type Github, startGithub } from '../github/server.ts';
import type { Permissions } from '../github/state.ts';
import { baseConfig, makeProject, type Project } from './project.ts';
import { actionFile, reachOf, runStep, type StepResult } from './runner.ts';

let project: Project;
let github: Github;
let events: ReturnType<typeof makeEvents>;
beforeAll(async () => {
  project = await makeProject();
  github = await startGithub();
  events = makeEvents();
});
afterAll(async () => {
  project.remove();
  await github.close();
});

/** One event of each kind, all of the repository acme/models. */
function makeEvents() {
  const { state } = github;
  const repo = addRepo(state, 'acme/models');
  const of = eventsOf(state, github.urls, repo);
  const push = of.push();
  const pull = addPull(state, repo, { author: 'ada', branch: 'smaller', files: { 'tiny.onnx': 'onnx' } });
  const fork = addFork(state, repo, 'eve');
  const foreign = addPull(state, repo, { author: 'eve', files: { 'tiny.onnx': 'evil' }, from: fork });
  const run = addRun(state, repo, { event: 'pull_request', sha: foreign.headSha, from: fork, actor: 'eve' });
  return {
    push,
    'pull request': of.pullRequest(pull),
    'pull request of a fork': of.pullRequest(foreign),
    'merge group': of.mergeGroup(pull),
    schedule: of.schedule(),
    'manual start': of.workflowDispatch(),
    'end of a run': of.workflowRun(run),
    comment: of.issueComment(addComment(state, repo, pull, 'ada', '/quantgate accept')),
    star: { ...push, name: 'watch', payload: { action: 'started' } },
  } satisfies Record<string, Event>;
}

const failing = baseConfig
  .replace('[tensorrt, onnxruntime]', '[{ chip: snpe, weight-bits: 4, activation-bits: 4 }]')
  .replace('10pp', '0.1pp');
const inconclusive = baseConfig.replace('[100, 400]', '[100, 130]').replace('10pp', '1pp');

interface Scenario {
  readonly on: keyof ReturnType<typeof makeEvents>;
  /** Of the GITHUB_TOKEN; nothing if left out. */
  readonly permissions?: Permissions;
  readonly config?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly code: number;
  /** Outputs that must be there, and no others. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly annotations?: readonly string[];
  readonly summary?: RegExp;
  /** What else must hold afterwards. */
  readonly check?: (result: StepResult) => void;
}

const passed = { verdict: 'pass', drop: expect.any(String), report: expect.stringMatching(/report\.json$/) };
const failed = { ...passed, verdict: 'fail' };
const tooLarge = 'error: the accuracy drop is above the budget: see the job summary';
const report = (result: StepResult) =>
  JSON.parse(project.read(result.outputs.report!.slice(project.folder.length + 1)));

const scenarios: Readonly<Record<string, Scenario>> = {
  'a push records the baseline of its commit': {
    on: 'push',
    code: 0,
    outputs: {},
    check: () => {
      const { commit } = JSON.parse(project.read('quantgate-baseline/tiny.baseline.json'));
      expect(commit).toBe(events.push.sha);
    },
  },
  'a push records it where the input says': {
    on: 'push',
    inputs: { baseline: 'kept' },
    code: 0,
    outputs: {},
    check: () => expect(existsSync(join(project.folder, 'kept/tiny.baseline.json'))).toBe(true),
  },
  'a schedule records the baseline': { on: 'schedule', code: 0, outputs: {} },
  'a pull request within the budget passes': {
    on: 'pull request',
    code: 0,
    outputs: passed,
    annotations: [],
    summary: /^## Pass/m,
  },
  'a pull request of a fork is judged alike, without any permission': {
    on: 'pull request of a fork',
    code: 0,
    outputs: passed,
    annotations: [],
    summary: /^## Pass/m,
  },
  'a merge group is judged': { on: 'merge group', code: 0, outputs: passed, summary: /^## Pass/m },
  'a drop above the budget fails the job': {
    on: 'pull request',
    config: failing,
    code: 1,
    outputs: failed,
    annotations: [tooLarge],
    summary: /^## Fail/m,
  },
  'a drop above the budget fails the merge group': {
    on: 'merge group',
    config: failing,
    code: 1,
    outputs: failed,
    annotations: [tooLarge],
  },
  'samples that do not decide warn': {
    on: 'pull request',
    config: inconclusive,
    code: 0,
    outputs: { ...passed, verdict: 'inconclusive' },
    annotations: [
      'warning: the samples do not decide whether the drop is within the budget: see the job summary',
    ],
  },
  'a pull request is compared with a recorded baseline': {
    on: 'pull request',
    inputs: { baseline: 'quantgate-baseline' },
    code: 0,
    outputs: passed,
    check: (result) =>
      expect(report(result).models[0].baseline).toMatchObject({ state: 'compared', sha: events.push.sha }),
  },
  'a baseline that is not there is no comparison': {
    on: 'pull request',
    inputs: { baseline: 'nowhere' },
    code: 0,
    outputs: passed,
    check: (result) => expect(report(result).models[0].baseline.state).not.toBe('compared'),
  },
  'mode overrides the event': { on: 'push', inputs: { mode: 'gate' }, code: 0, outputs: passed },
  'mode gives a meaning to an event that has none': {
    on: 'manual start',
    inputs: { mode: 'baseline', baseline: 'manual' },
    code: 0,
    outputs: {},
  },
  'out moves the report': {
    on: 'pull request',
    inputs: { out: 'elsewhere' },
    code: 0,
    outputs: { ...passed, report: expect.stringMatching(/elsewhere\/report\.json$/) },
  },
  'an event without a mode is named': {
    on: 'star',
    code: 1,
    outputs: {},
    annotations: ['error: event watch has no mode of its own: set the input mode to gate or baseline'],
  },
  'an unknown mode is named': {
    on: 'push',
    inputs: { mode: 'fly' },
    code: 1,
    outputs: {},
    annotations: ['error: mode "fly" is unknown: set it to gate or baseline'],
  },
  'a config that is not there is named': {
    on: 'pull request',
    inputs: { config: 'gone.yml' },
    code: 1,
    outputs: {},
    annotations: [expect.stringMatching(/^error: .*gone\.yml cannot be read/)],
  },
  'every problem of a config is one annotation': {
    on: 'pull request',
    config: 'version: 1\nmodels: []\n',
    code: 1,
    outputs: {},
    annotations: [expect.stringMatching(/^error: .*scenario\.yml:2/)],
  },
  'a provider that does not run here is named': {
    on: 'pull request',
    inputs: { provider: 'cuda' },
    code: 1,
    outputs: {},
    annotations: [expect.stringMatching(/^error: .*provider cuda does not run here/)],
  },
};

describe('the Action', () => {
  it.each(Object.entries(scenarios))('%s', async (_, scenario) => {
    if (scenario.config !== undefined) project.write('scenario.yml', scenario.config);
    const result = await runStep({
      workspace: project.folder,
      event: events[scenario.on],
      inputs: { ...(scenario.config !== undefined && { config: 'scenario.yml' }), ...scenario.inputs },
      github: reachOf(github, { token: addToken(github.state, ACTIONS_BOT, scenario.permissions ?? {}) }),
    });
    const log = result.stdout + result.stderr;
    expect(result.code, log).toBe(scenario.code);
    expect(result.outputs, log).toEqual(scenario.outputs ?? expect.anything());
    const annotations = result.annotations.map(({ level, message }) => `${level}: ${message}`);
    if (scenario.annotations !== undefined) expect(annotations).toEqual(scenario.annotations);
    if (scenario.summary !== undefined) expect(result.summary).toMatch(scenario.summary);
    scenario.check?.(result);
    // Nothing that the gate learns from a model gets into the environment of later steps.
    expect(result.exported).toEqual({});
  });

  it('asks GitHub for nothing that the modes of today do not need', () => {
    expect(github.log).toEqual([]);
  });

  it('is run from dist by Node 24 and hides no default of the configuration', () => {
    expect(actionFile.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    expect(Object.values(actionFile.inputs).filter((input) => 'default' in input)).toEqual([]);
  });
});
