// Runs the example workflow by nektos/act, in host mode: a push records the baseline, a pull request is gated, and
// quantgate pull fetches its chip files. GitHub is the fake of test/fake-github. It takes act, or Go to build it with.
//
//   npm run build && npm run smoke
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ACTIONS_BOT, addPull, addRepo, addRun, addToken, addUser } from '../test/fake-github/build.ts';
import { eventsOf } from '../test/fake-github/events.ts';
import { startGithub } from '../test/fake-github/server.ts';
import type { WorkflowRun } from '../test/fake-github/state.ts';

const ACT = 'github.com/nektos/act@v0.2.89';
const WORKFLOW = '.github/workflows/quantgate.yml';
const root = resolve(import.meta.dirname, '..');

const temporary = mkdtempSync(join(tmpdir(), 'quantgate-act-'));
try {
  const act = findAct();
  if (act === undefined) console.log('skipped: neither act nor Go, which would build it, is on PATH');
  else await smoke(act);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function findAct(): string | undefined {
  const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
  if (has('act', '--version')) return 'act';
  if (!has('go', 'version')) return undefined;
  console.log(`building ${ACT}`);
  const { status } = spawnSync('go', ['install', ACT], {
    env: { ...process.env, GOBIN: temporary },
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${ACT} could not be built: see above`);
  return join(temporary, 'act');
}

async function smoke(act: string): Promise<void> {
  const workflow = readFileSync(join(root, 'examples/workflows/quantgate.yml'), 'utf8');
  const checkout = makeCheckout(workflow);
  const action = makeAction();
  const [, uses] = /uses: (quantgate\/quantgate@[0-9a-f]{40})/.exec(workflow)!;

  const github = await startGithub();
  const { state, urls } = github;
  const config = readFileSync(join(checkout, 'quantgate.yml'));
  const repo = addRepo(state, 'acme/models', {
    files: { 'quantgate.yml': config, 'signs.onnx': 'the old one' },
  });
  addUser(state, 'ada');
  const token = addToken(state, ACTIONS_BOT, {
    contents: 'read',
    actions: 'read',
    pull_requests: 'read',
    checks: 'read',
  });
  const events = eventsOf(state, urls, repo);

  const runJob = async (run: WorkflowRun, { name, payload, sha, ref }: ReturnType<typeof events.push>) => {
    const eventPath = join(temporary, `${name}.json`);
    writeFileSync(eventPath, JSON.stringify(payload));
    const env = {
      GITHUB_API_URL: urls.api,
      GITHUB_SHA: sha,
      GITHUB_REF: ref,
      GITHUB_WORKFLOW_REF: `acme/models/${WORKFLOW}@refs/heads/main`,
      ACTIONS_RESULTS_URL: github.resultsUrl,
      ACTIONS_RUNTIME_TOKEN: github.runtimeToken(repo, run),
    };
    const args = [
      name,
      ...['--eventpath', eventPath, '--workflows', WORKFLOW, '--secret', `GITHUB_TOKEN=${token}`],
      ...['--platform', 'ubuntu-24.04=-self-hosted', '--action-cache-path', join(temporary, 'cache')],
      ...['--use-new-action-cache', '--no-cache-server', '--local-repository', `${uses}=${action}`],
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ];
    await execute(act, args, checkout);
    run.status = 'completed';
    run.conclusion = 'success';
  };

  const push = addRun(state, repo, { event: 'push', sha: repo.refs.get('heads/main')!, conclusion: null });
  await runJob(push, events.push());
  const pull = addPull(state, repo, { author: 'ada', files: { 'signs.onnx': 'the new one' } });
  const gate = addRun(state, repo, {
    event: 'pull_request',
    sha: pull.headSha,
    branch: pull.headBranch,
    conclusion: null,
  });
  await runJob(gate, events.pullRequest(pull));
  if (github.calls('actions/download-artifact').length === 0)
    throw new Error('the gate has not read the baseline that the push recorded');
  const made = repo.artifacts.map(({ run, name }) => `${run === push.id ? 'push' : 'pull_request'}: ${name}`);
  expectLines('artifacts', made, [
    'push: quantgate-baseline',
    'pull_request: quantgate-report',
    'pull_request: quantgate-signs-tensorrt',
  ]);

  const fetch = ['pull', '--repo', 'acme/models', '--pr', '1', '--target', 'tensorrt', '--out', 'chips'];
  await execute(process.execPath, [join(root, 'dist/cli.js'), ...fetch], temporary, {
    GITHUB_API_URL: urls.api,
    GITHUB_TOKEN: token,
  });
  expectLines('chip files', readdirSync(join(temporary, 'chips')), [
    'README.md',
    'calibration.cache',
    'manifest.json',
    'model.qdq.onnx',
  ]);
  await github.close();
  console.log(
    'the example workflow runs: a push records, a pull request is gated, its chip files are fetched',
  );
}

/** A repository of a user, with the example's model and data, on a branch that act copies instead of checking out. */
function makeCheckout(workflow: string): string {
  const folder = join(temporary, 'models');
  cpSync(join(root, 'examples/signs'), folder, { recursive: true });
  const config = readFileSync(join(folder, 'quantgate.yml'), 'utf8');
  writeFileSync(join(folder, 'quantgate.yml'), config.replace(/^ *- snpe\n/m, ''));
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  writeFileSync(join(folder, WORKFLOW), workflow);
  const git = (...args: string[]) => {
    const { status, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  };
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', 'https://github.com/acme/models');
  git('add', '.');
  git('-c', 'user.name=ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '--message', 'Signs');
  return folder;
}

/** What a release of the Action has. */
function makeAction(): string {
  const folder = join(temporary, 'action');
  for (const part of ['action.yml', 'package.json', 'dist', 'runtime'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  return folder;
}

/** Runs a command beside this process, which serves it, and shows what it says. */
async function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  // A job that runs this script has variables that the jobs of act must not have.
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...env }, stdio: 'inherit' });
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: see above`);
}

function expectLines(what: string, found: readonly string[], expected: readonly string[]): void {
  const [is, shouldBe] = [found, expected].map((lines) => [...lines].sort().join('\n'));
  if (is !== shouldBe) throw new Error(`${what} are\n${is}\nand should be\n${shouldBe}`);
}
