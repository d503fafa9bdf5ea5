import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/report/report-schema.ts';
import { ACTIONS_BOT, addArtifact, addPull, addRepo, addRun, addToken } from '../fake-github/build.ts';
import { type Event, eventsOf } from '../fake-github/events.ts';
import type { Files } from '../fake-github/git.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import type { Permissions, Pull, Repo, WorkflowRun } from '../fake-github/state.ts';
import { gateWorkflow } from '../support/action-world.ts';
import { baseConfig, type Project } from '../support/project.ts';
import { reachOf, runStep, type StepResult } from './runner.ts';

/** A GitHub with the repository acme/models, whose checkout is the project, and a pull request to it. */
export interface World {
  readonly github: Github;
  readonly project: Project;
  readonly repo: Repo;
  readonly pull: Pull;
  /** Runs the Action on a push or a proposed change. The event's name is the kind of run; the checkout has the pull request's files. */
  gate(job?: Job): Promise<Gated>;
}

export interface Job {
  readonly on?: 'push' | 'pull request' | 'merge group';
  /** Another one than the world's. */
  readonly pull?: Pull;
  /** Of the pull request as it was. */
  readonly event?: Event;
  readonly permissions?: Permissions;
  readonly inputs?: Readonly<Record<string, string>>;
  /** False on a server without an artifact service. */
  readonly artifacts?: boolean;
  readonly run?: WorkflowRun;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Gated extends StepResult {
  readonly run: WorkflowRun;
  readonly log: string;
  /** `level: message` */
  readonly said: readonly string[];
  /** The report.json that it wrote; undefined if it wrote none. */
  readonly report: Report | undefined;
  readonly artifacts: Readonly<Record<string, number>>;
}

/** What the gate's job in the examples may do. */
export const reading: Permissions = {
  contents: 'read',
  actions: 'read',
  checks: 'read',
  pull_requests: 'read',
};

export interface Beginning {
  /** Files of the base commit; quantgate.yml is `baseConfig` unless null. */
  readonly base?: Files;
  /** What the pull request changes: another model, unless given. */
  readonly head?: Files;
  readonly isPrivate?: boolean;
  readonly host?: 'github.com' | 'ghes';
}

/** The files of the checkout that the configuration names, as a commit has them. */
export function named(project: Project): Files {
  const names = ['tiny.onnx', 'inputs.npy', 'labels.npy'];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(project.folder, name))]));
}

export async function openWorld(project: Project, given: Beginning = {}): Promise<World> {
  const github = await startGithub({ host: given.host ?? 'github.com' });
  const { state } = github;
  const base = {
    'quantgate.yml': baseConfig,
    'README.md': '# models\n',
    '.github/workflows/quantgate.yml': gateWorkflow,
    ...given.base,
  };
  const files = Object.fromEntries(Object.entries(base).filter(([, content]) => content !== null));
  const repo = addRepo(state, 'acme/models', { files, isPrivate: given.isPrivate });
  const head = given.head ?? { 'tiny.onnx': 'another model' };
  const pull = addPull(state, repo, { author: 'ada', branch: 'change', files: head });
  const config = 'quantgate.yml' in head ? head['quantgate.yml'] : base['quantgate.yml'];
  if (config != null) project.write('quantgate.yml', config);
  else project.delete('quantgate.yml');
  return { github, project, repo, pull, gate: (job = {}) => runGate({ github, project, repo, pull }, job) };
}

async function runGate({ github, project, repo, ...world }: Omit<World, 'gate'>, job: Job): Promise<Gated> {
  const pull = job.pull ?? world.pull;
  const { state, urls } = github;
  const of = eventsOf(state, urls, repo);
  const events = {
    push: of.push,
    'pull request': () => of.pullRequest(pull),
    'merge group': () => of.mergeGroup(pull),
  };
  const event = job.event ?? events[job.on ?? 'pull request']();
  const run =
    job.run ??
    addRun(state, repo, {
      event: event.name,
      ...(job.on === 'push'
        ? { sha: event.sha }
        : {
            sha: pull.headSha,
            branch: pull.headBranch,
            from: state.repos.get(pull.headRepo ?? ''),
          }),
      conclusion: null,
    });
  const token = addToken(state, ACTIONS_BOT, job.permissions ?? reading);
  const runtimeToken = job.artifacts === false ? undefined : github.runtimeToken(repo, run);
  project.delete('quantgate-out');
  const result = await runStep({
    workspace: project.folder,
    event,
    inputs: { comment: 'never', ...job.inputs },
    github: reachOf(github, { token, runtimeToken }),
    env: { GITHUB_RUN_ID: String(run.id), GITHUB_RUN_ATTEMPT: String(run.attempt), ...job.env },
  });
  run.status = 'completed';
  run.conclusion = result.code === 0 ? 'success' : 'failure';
  return {
    ...result,
    run,
    log: result.stdout + result.stderr,
    said: result.annotations.map(({ level, message }) => `${level}: ${message}`),
    report: 'report' in result.outputs ? project.report() : undefined,
    artifacts: JSON.parse(result.outputs.artifacts ?? '{}'),
  };
}

/** A push to main, of its tip unless told otherwise, whose run has left a baseline, in artifacts of these names. */
export function addBaseline(
  { github, repo }: Pick<World, 'github' | 'repo'>,
  zip: Uint8Array,
  given: {
    readonly expired?: boolean;
    readonly from?: Repo;
    readonly name?: string;
    readonly sha?: string;
  } = {},
): WorkflowRun {
  const sha = given.sha ?? repo.refs.get('heads/main')!;
  const run = addRun(github.state, repo, { event: 'push', sha, from: given.from });
  addArtifact(github.state, repo, run, {
    name: given.name ?? 'quantgate-baseline',
    zip,
    expired: given.expired,
  });
  return run;
}
