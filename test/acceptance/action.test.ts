import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTIONS_BOT,
  addComment,
  addFork,
  addPull,
  addRepo,
  addRun,
  addToken,
} from '../fake-github/build.ts';
import { type Event, eventsOf } from '../fake-github/events.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { actionFile, reachOf, runStep, type StepResult } from './runner.ts';
import { failing, match, strict } from './scenarios.ts';
import { reading } from './world.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

/** One event of each kind, all of the repository acme/models with this configuration, and the run that it started. */
function happen(github: Github, config: string) {
  const { state } = github;
  const repo = addRepo(state, 'acme/models', { files: { 'quantgate.yml': config } });
  const of = eventsOf(state, github.urls, repo);
  const push = of.push();
  const run = addRun(state, repo, { event: 'push', sha: push.sha, conclusion: null });
  const pull = addPull(state, repo, { author: 'ada', branch: 'smaller', files: { 'tiny.onnx': 'onnx' } });
  const fork = addFork(state, repo, 'eve');
  const foreign = addPull(state, repo, { author: 'eve', files: { 'tiny.onnx': 'evil' }, from: fork });
  const judged = addRun(state, repo, {
    event: 'pull_request',
    sha: foreign.headSha,
    from: fork,
    actor: 'eve',
  });
  const events = {
    push,
    'pull request': of.pullRequest(pull),
    'pull request of a fork': of.pullRequest(foreign),
    'merge group': of.mergeGroup(pull),
    schedule: of.schedule(),
    'manual start': of.workflowDispatch(),
    'end of a run': of.workflowRun(judged),
    comment: of.issueComment(addComment(state, repo, pull, 'ada', '/quantgate accept')),
    star: { ...push, name: 'watch', payload: { action: 'started' } },
    'pull request with a token that writes': { ...of.pullRequest(pull), name: 'pull_request_target' },
  } satisfies Record<string, Event>;
  return { repo, run, events };
}

type Happened = ReturnType<typeof happen>;

interface Scenario {
  readonly on: keyof Happened['events'];
  readonly config?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly code: number;
  /** Outputs that must be there, and no others. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly annotations?: readonly unknown[];
  readonly summary?: RegExp;
  /** What else must hold afterwards. */
  readonly check?: (result: StepResult, happened: Happened) => void;
}

const text: unknown = expect.any(String);
const passed = {
  verdict: 'pass',
  drop: text,
  'worst-layer': text,
  report: match(/quantgate-out\/report\.json$/),
  artifacts: text,
};
const failed = { ...passed, verdict: 'fail' };
const recorded = { artifacts: match(/^\{"quantgate-baseline":\d+\}$/) };
const inconclusive = baseConfig.replace('[100, 400]', '[100, 130]').replace('10pp', '1pp');
const modes = 'gate, baseline, report, command, calibrate, evaluate or explain';

const scenarios: Readonly<Record<string, Scenario>> = {
  'a push records the baseline of its commit': {
    on: 'push',
    code: 0,
    outputs: recorded,
    annotations: [],
    check: (_, { events, repo, run }) => {
      const { commit } = JSON.parse(project.read('quantgate-baseline/tiny.baseline.json'));
      expect(commit).toBe(events.push.sha);
      expect(repo.artifacts).toMatchObject([{ name: 'quantgate-baseline', run: run.id }]);
    },
  },
  'a push records it where the input says': {
    on: 'push',
    inputs: { baseline: 'kept' },
    code: 0,
    outputs: recorded,
    check: () => expect(existsSync(join(project.folder, 'kept/tiny.baseline.json'))).toBe(true),
  },
  'a job of a matrix records that of its models': {
    on: 'push',
    inputs: { models: 'tiny' },
    code: 0,
    outputs: { artifacts: match(/^\{"quantgate-baseline-tiny":\d+\}$/) },
  },
  'a schedule records the baseline': { on: 'schedule', code: 0, outputs: recorded },
  'a pull request within the budget passes': {
    on: 'pull request',
    code: 0,
    outputs: passed,
    annotations: [],
    summary: /^## ✅ /m,
  },
  'a pull request of a fork is judged alike': {
    on: 'pull request of a fork',
    code: 0,
    outputs: passed,
    annotations: [],
    summary: /^## ✅ /m,
  },
  'a merge group is judged': { on: 'merge group', code: 0, outputs: passed, summary: /^## ✅ /m },
  'a drop above the budget fails the job': {
    on: 'pull request',
    config: strict,
    code: 1,
    outputs: failed,
    annotations: failing,
    summary: /^## ❌ /m,
  },
  'samples that do not decide warn': {
    on: 'pull request',
    config: inconclusive,
    code: 0,
    outputs: { ...failed, verdict: 'inconclusive' },
    annotations: [
      'warning: the samples do not decide whether the drop is within the budget: see the job summary',
    ],
  },
  'mode overrides the event': { on: 'push', inputs: { mode: 'gate' }, code: 0, outputs: passed },
  'mode gives a meaning to an event that has none': {
    on: 'manual start',
    inputs: { mode: 'baseline', baseline: 'manual' },
    code: 0,
    outputs: recorded,
  },
  'out moves the report': {
    on: 'pull request',
    inputs: { out: 'elsewhere' },
    code: 0,
    outputs: { ...passed, report: match(/elsewhere\/report\.json$/) },
  },
  'an event without a mode is named': {
    on: 'star',
    code: 1,
    outputs: {},
    annotations: [`error: event watch has no mode of its own: set the input mode to ${modes}`],
  },
  'an event that gives the parser of models a token that writes is refused': {
    on: 'pull request with a token that writes',
    inputs: { mode: 'gate' },
    code: 1,
    outputs: {},
    annotations: [match(/^error: event pull_request_target .* start the workflow on pull_request$/)],
  },
  'an unknown mode is named': {
    on: 'push',
    inputs: { mode: 'fly' },
    code: 1,
    outputs: {},
    annotations: [`error: mode "fly" is unknown: set it to ${modes}`],
  },
  'an unknown comment policy is named': {
    on: 'pull request',
    inputs: { comment: 'often' },
    code: 1,
    outputs: {},
    annotations: ['error: comment "often" is unknown: set it to always, on-change, on-failure or never'],
  },
  'a config outside of the workspace is named': {
    on: 'push',
    inputs: { config: '../quantgate.yml' },
    code: 1,
    outputs: {},
    annotations: [match(/^error: input config is \.\.\/quantgate\.yml: give a file in the workspace/)],
  },
  'every problem of a config is one annotation': {
    on: 'push',
    config: 'version: 1\nmodels: []\n',
    code: 1,
    outputs: {},
    annotations: [match(/^error: .*quantgate\.yml:2/)],
  },
  'a provider that does not run here is named': {
    on: 'pull request',
    inputs: { provider: 'cuda' },
    code: 1,
    outputs: {},
    annotations: [match(/^error: .*provider cuda does not run here/)],
  },
};

describe('the Action', () => {
  it.each(Object.entries(scenarios))('%s', async (_, scenario) => {
    const { config = baseConfig } = scenario;
    const github = await startGithub();
    const happened = happen(github, config);
    project.write('quantgate.yml', config);
    const result = await runStep({
      workspace: project.folder,
      event: happened.events[scenario.on],
      inputs: { comment: 'never', ...scenario.inputs },
      github: reachOf(github, {
        token: addToken(github.state, ACTIONS_BOT, reading),
        runtimeToken: github.runtimeToken(happened.repo, happened.run),
      }),
    });
    const log = result.stdout + result.stderr;
    expect(result.code, log).toBe(scenario.code);
    expect(result.outputs, log).toEqual(scenario.outputs ?? expect.anything());
    const annotations = result.annotations.map(({ level, message }) => `${level}: ${message}`);
    if (scenario.annotations !== undefined) expect(annotations).toEqual(scenario.annotations);
    if (scenario.summary !== undefined) expect(result.summary).toMatch(scenario.summary);
    scenario.check?.(result, happened);
    // Nothing that the gate learns from a model gets into the environment of later steps.
    expect(result.exported).toEqual({});
    await github.close();
  });

  it('is run from dist by Node 24 and hides no default of the configuration', () => {
    expect(actionFile.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    const withDefault = Object.entries(actionFile.inputs).filter(([, input]) => 'default' in input);
    expect(withDefault.map(([name]) => name)).toEqual(['token']);
  });
});
