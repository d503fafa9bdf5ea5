import Bottleneck from 'bottleneck';
import { type Event, parseEvent } from '../../src/action/event.ts';
import type { Log, ModeContext, Outcome } from '../../src/action/mode.ts';
import { createClient } from '../../src/github/client.ts';
import { readComment, writeComment } from '../../src/github/comment-body.ts';
import { isStopped } from '../../src/report/is-stopped.ts';
import type { JudgedTarget, Report } from '../../src/report/report-schema.ts';
import { tellNobody } from '../../src/supervision/message.ts';
import {
  ACTIONS_BOT,
  addArtifact,
  addComment,
  addFork,
  addPull,
  addRepo,
  addRun,
  addToken,
} from '../fake-github/build.ts';
import { eventsOf, type Event as Payload } from '../fake-github/events.ts';
import { pullBase } from '../fake-github/objects/pull.ts';
import type { Github } from '../fake-github/server.ts';
import {
  type Comment,
  fullName,
  type Permissions,
  type Pull,
  type Repo,
  type WorkflowRun,
} from '../fake-github/state.ts';
import { failing, sampleReport } from './sample-reports.ts';
import { type ZipEntry, zipOf } from './zip.ts';

export const baseConfig = `version: 1
models:
  - name: signs
    path: signs.onnx
    calibration: { inputs: inputs.npy, range: [0, 100] }
    evaluation: { inputs: inputs.npy, range: [100, 400], labels: labels.npy, metric: top1 }
    targets: [tensorrt, snpe]
    budget: { max-drop: 1pp }
`;

/** What the workflows of examples/ give the jobs that write. */
export const permissions: Permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  pull_requests: 'write',
};

/** A repository with a pull request of a fork whose gate has ended. */
export interface World {
  readonly repo: Repo;
  readonly pull: Pull;
  readonly run: WorkflowRun;
}

/** What judges the pull requests of a world, as its base has it. */
export const gateWorkflow = `on: pull_request
jobs:
  gate:
    steps: [{ uses: quantgate/quantgate@${'0'.repeat(40)} }]
`;

let worlds = 0;

/** A new repository of its own in the fake; ada may write, eve proposes. */
export function makeWorld(
  { state }: Github,
  given: {
    readonly config?: string;
    readonly isFork?: boolean;
    readonly files?: Record<string, string>;
  } = {},
): World {
  const files = {
    'quantgate.yml': given.config ?? baseConfig,
    'signs.onnx': 'good',
    '.github/workflows/quantgate.yml': gateWorkflow,
  };
  const roles = { ada: 'write', eve: 'read', mia: 'maintain' } as const;
  const repo = addRepo(state, `acme/models-${++worlds}`, { files, roles });
  const from = given.isFork === false ? undefined : addFork(state, repo, `eve-${worlds}`);
  const pull = addPull(state, repo, { author: 'eve', files: given.files ?? { 'signs.onnx': 'worse' }, from });
  const conclusion = 'failure';
  const run = addRun(state, repo, {
    event: 'pull_request',
    sha: pull.headSha,
    branch: pull.headBranch,
    from,
    actor: 'eve',
    conclusion,
  });
  return { repo, pull, run };
}

/** The report of a model named signs that is above its budget, about the head of the pull request. */
export function reportOn({ repo, pull }: World, targets: readonly JudgedTarget[] = [failing]): Report {
  const change = { base: pullBase(repo, pull), branch: pull.base, pullRequest: pull.number };
  return sampleReport([...targets], { head: pull.headSha, change });
}

/** Leaves an artifact with this as its report.json, or with these entries; the run ends as the report says. */
export function leave(
  { state }: Github,
  { repo, run }: World,
  report: Report | readonly ZipEntry[],
  name = 'quantgate-report',
) {
  if (!isEntries(report))
    run.conclusion = isStopped(report) && report.accepted === undefined ? 'failure' : 'success';
  const entries = isEntries(report) ? report : [{ name: 'report.json', content: JSON.stringify(report) }];
  return addArtifact(state, repo, run, { name, zip: zipOf(...entries) });
}

function isEntries(report: Report | readonly ZipEntry[]): report is readonly ZipEntry[] {
  return Array.isArray(report);
}

export interface Ran {
  readonly outcome: Outcome | undefined;
  /** What was thrown. */
  readonly error: unknown;
  /** `level: line` */
  readonly log: readonly string[];
}

type Mode = (step: ModeContext, pause: () => Promise<unknown>) => Promise<Outcome>;

/** Runs a mode in this process, with a client that does not wait. */
export async function runMode(
  github: Github,
  mode: Mode,
  { repo }: World,
  payload: Payload,
  given: {
    readonly inputs?: Partial<ModeContext['inputs']>;
    readonly job?: Partial<ModeContext['job']>;
    readonly granted?: Permissions;
    readonly pause?: () => Promise<unknown>;
  } = {},
): Promise<Ran> {
  const log: string[] = [];
  const at = (level: keyof Log) => (line: string) => void log.push(`${level}: ${line}`);
  const token = addToken(github.state, ACTIONS_BOT, given.granted ?? permissions);
  const step: ModeContext = {
    inputs: {
      config: 'quantgate.yml',
      mode: 'report',
      token,
      provider: undefined,
      baseline: undefined,
      out: 'quantgate-out',
      comment: undefined,
      models: undefined,
      shard: undefined,
      calibration: undefined,
      evaluation: undefined,
      explanation: undefined,
      ...given.inputs,
    },
    job: {
      event: payload.name,
      repository: { owner: repo.owner, repo: repo.name },
      run: {
        id: github.state.nextId(),
        attempt: 1,
        url: `${github.urls.html}/${fullName(repo)}/actions/runs/1`,
      },
      workflowPath: '.github/workflows/quantgate-report.yml',
      commit: payload.sha,
      branch: null,
      apiUrl: github.urls.api,
      serverUrl: github.urls.html,
      workspace: '/nowhere',
      cache: '/nowhere',
      manifests: '/nowhere',
      ownRuntime: undefined,
      hasArtifactService: false,
      ...given.job,
    },
    event: eventOf(payload),
    api: createClient({
      token,
      apiUrl: github.urls.api,
      second: 1,
      queues: { write: new Bottleneck.Group(), notifications: new Bottleneck.Group() },
    }),
    log: { info: at('info'), notice: at('notice'), warning: at('warning'), error: at('error') },
    tell: tellNobody,
  };
  try {
    return { outcome: await mode(step, given.pause ?? (async () => {})), error: undefined, log };
  } catch (error) {
    return { outcome: undefined, error, log };
  }
}

function eventOf({ name, payload }: Payload): Event {
  return parseEvent(name, JSON.parse(JSON.stringify(payload)));
}

/** The payload of the end of the world's run. */
export function endOf(github: Github, { repo, run }: World): Payload {
  return eventsOf(github.state, github.urls, repo).workflowRun(run);
}

/** The bodies of the comments on the pull request. */
export function bodies({ repo, pull }: World): string[] {
  return repo.comments.filter(({ issue }) => issue === pull.number).map(({ body }) => body);
}

/** The keys of the sections of each of our comments. */
export function sections(world: World): (readonly string[] | undefined)[] {
  return bodies(world).map((body) => readComment(body)?.sections.map(({ key }) => key));
}

export function conclusions({ repo }: World): (string | null)[] {
  return repo.checkRuns.map(({ conclusion }) => conclusion);
}

/** The sticky comment of a run, as the bot would have written it. */
export function addSticky({ state }: Github, { repo, pull }: World, run: number, text = 'earlier'): Comment {
  const section = { key: 'signs/tensorrt', attempt: 1, verdict: 'fail', text } as const;
  const comment = { key: '.github/workflows/quantgate.yml', head: pull.headSha, run, sections: [section] };
  return addComment(state, repo, pull, ACTIONS_BOT, writeComment(comment));
}
