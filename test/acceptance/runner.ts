import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Event } from '../fake-github/events.ts';
import { installedAction } from '../support/installed.ts';

const root = resolve(import.meta.dirname, '../..');
const TIME_LIMIT_MS = 60_000;

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, object>>;
  readonly runs: { readonly using: string; readonly main: string };
}

export const actionFile: ActionFile = parse(readFileSync(join(root, 'action.yml'), 'utf8'));

/** One step `uses: quantgate/quantgate` of a job. */
export interface Step {
  /** Where the action lies, if not where it is installed beside its runtime. */
  readonly action?: string;
  /** The checkout, GITHUB_WORKSPACE. */
  readonly workspace: string;
  readonly event: Event;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Where the API is, and the tokens of the job; without it nothing of GitHub is within reach. */
  readonly github?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it, such as a tracer. */
  readonly under?: readonly string[];
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
}

export interface StepResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** What later steps would find in their environment. */
  readonly exported: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/** A GitHub as its jobs reach it: URLs, the GITHUB_TOKEN, and the token of the artifact service. */
export function reachOf(
  github: {
    readonly urls: { readonly api: string; readonly html: string };
    readonly graphqlUrl: string;
    readonly resultsUrl: string;
  },
  tokens: { readonly token: string; readonly runtimeToken?: string },
): Readonly<Record<string, string>> {
  return {
    GITHUB_API_URL: github.urls.api,
    GITHUB_SERVER_URL: github.urls.html,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_TOKEN: tokens.token,
    ...(tokens.runtimeToken !== undefined && {
      ACTIONS_RESULTS_URL: github.resultsUrl,
      ACTIONS_RUNTIME_TOKEN: tokens.runtimeToken,
    }),
  };
}

/** Runs the installed action as the runner does: a process of its own whose environment has nothing but the job's. */
export async function runStep(step: Step): Promise<StepResult> {
  const temporary = join(step.workspace, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const folder = mkdtempSync(join(temporary, 'runner-'));
  const file = (name: string, content = '') => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { event } = step;
  const defaults = Object.entries(actionFile.inputs).map(([name, input]) => [
    name,
    (input.default ?? '').replace(/\$\{\{ github\.token \}\}/, step.github?.GITHUB_TOKEN ?? ''),
  ]);
  const inputs = { ...Object.fromEntries(defaults), ...step.inputs } as Record<string, string>;
  const unknown = Object.keys(inputs).filter((name) => !(name in actionFile.inputs));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: temporary,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
        value,
      ]),
    ),
    GITHUB_WORKSPACE: step.workspace,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event.payload)),
    GITHUB_SHA: event.sha,
    GITHUB_REF: event.ref,
    GITHUB_HEAD_REF: event.headRef,
    GITHUB_BASE_REF: event.baseRef,
    GITHUB_ACTOR: event.actor,
    GITHUB_REPOSITORY: event.repository,
    GITHUB_REPOSITORY_OWNER: event.repository.split('/')[0],
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'gate',
    GITHUB_WORKFLOW: 'quantgate',
    GITHUB_WORKFLOW_REF: `${event.repository}/.github/workflows/quantgate.yml@${event.ref}`,
    GITHUB_OUTPUT: file('output'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary.md'),
    RUNNER_TEMP: folder,
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
    // Nobody listens there: a test that needs GitHub brings its own.
    GITHUB_API_URL: 'http://127.0.0.1:9',
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    ...step.github,
    // The runner keeps it for inputs.
    GITHUB_TOKEN: undefined,
    ...step.env,
  };
  const { code, stdout, stderr } = await execute(
    [...(step.under ?? []), process.execPath, join(step.action ?? installedAction(), actionFile.runs.main)],
    step.workspace,
    env,
  );
  return {
    code,
    stdout,
    stderr,
    outputs: parseFileCommands(readFileSync(env.GITHUB_OUTPUT, 'utf8')),
    exported: parseFileCommands(readFileSync(env.GITHUB_ENV, 'utf8')),
    summary: readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8'),
    annotations: annotationsIn(stdout),
  };
}

function execute(
  [command, ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((done, fail) => {
    const child = spawn(command!, args, {
      cwd,
      env,
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (signal === null) done({ code, stdout, stderr });
      else fail(new Error(`the action did not end within ${TIME_LIMIT_MS / 1000} s:\n${stdout}${stderr}`));
    });
  });
}

/** `name=value`, or `name<<delimiter`, lines and the delimiter. */
export function parseFileCommands(text: string): Record<string, string> {
  const lines = text.split('\n');
  const values: Record<string, string> = {};
  for (let i = 0; i < lines.length; i++) {
    const [, name, operator, rest] = /^(.+?)(<<|=)(.*)$/.exec(lines[i].trimEnd()) ?? [];
    if (name === undefined) continue;
    if (operator === '=') {
      values[name] = rest!;
      continue;
    }
    const end = lines.findIndex((line, at) => at > i && line.trimEnd() === rest);
    if (end < 0) throw new Error(`the value of ${name} has no end`);
    values[name] = lines.slice(i + 1, end).join('\n');
    i = end;
  }
  return values;
}

/** The commands in a log that the runner shows as annotations. */
function annotationsIn(stdout: string): Annotation[] {
  return [...stdout.matchAll(/^::(error|warning|notice)(?: [^:]*)?::(.*)$/gm)].map((match) => ({
    level: match[1] as Annotation['level'],
    message: match[2].replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%'),
  }));
}
