import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addArtifact,
  addFork,
  addPull,
  addRepo,
  addRun,
  addToken,
  pushToPull,
} from '../fake-github/build.ts';
import { faults } from '../fake-github/faults.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import type { Pull, Repo, WorkflowRun } from '../fake-github/state.ts';
import { zipOfFiles } from '../support/chip-folder.ts';
import { makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { runQuantgate } from './command-line.ts';

const NAME = 'quantgate-tiny-tensorrt';
const LONG = 30_000;

let project: Project;
/** What a gate wrote for TensorRT, by name. */
let chips: Record<string, Buffer>;
beforeAll(async () => {
  project = await makeProject();
  project.run('run');
  const folder = join(project.folder, 'quantgate-out/chips/tiny/tensorrt');
  chips = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
});
afterAll(() => project.remove());

let github: Github;
let repo: Repo;
let change: Pull;
let cwd: string;
let env: Record<string, string>;
beforeEach(async ({ task }) => {
  github = await startGithub();
  reset(task.id);
});
afterEach(() => github.close());

/** A repository with an open pull request, and an empty folder to work in. */
function reset(name: string): void {
  repo = addRepo(github.state, 'acme/models');
  change = addPull(github.state, repo, { author: 'ada', files: { 'tiny.onnx': 'onnx' } });
  const token = addToken(github.state, 'ada', { actions: 'read', pull_requests: 'read', contents: 'read' });
  env = { GITHUB_API_URL: github.urls.api, GITHUB_TOKEN: token };
  cwd = join(project.folder, `pull-${name}`);
  mkdirSync(cwd);
}

const gateRun = (conclusion: string | null = 'success', sha = change.headSha) =>
  addRun(github.state, repo, { event: 'pull_request', sha, branch: change.headBranch, conclusion });
const addChips = (run: WorkflowRun, zip: Buffer = zipOfFiles(chips), expired = false) =>
  addArtifact(github.state, repo, run, { name: NAME, zip, expired });
const pull = (...more: string[]) =>
  runQuantgate(['pull', '--repo', 'acme/models', '--pr', '1', '--target', 'tensorrt', ...more], { cwd, env });

async function expectFetched(folder = NAME, ...more: string[]): Promise<void> {
  const { code, stdout, stderr } = await pull(...more);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^tiny for tensorrt: \d+ files of run \d+, commit \w{40}, verified; README\.md says/m,
  );
  expect(readdirSync(join(cwd, folder)).sort()).toEqual(Object.keys(chips).sort());
  for (const [name, content] of Object.entries(chips))
    expect(readFileSync(join(cwd, folder, name)).equals(content), name).toBe(true);
}

/** It ends with exit code 2 and one line, and writes nothing. */
async function expectLine(line: RegExp | string, ...more: string[]): Promise<void> {
  const { code, stdout, stderr } = await pull(...more);
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).toMatch(/^quantgate: [^\n]*\n$/);
  expect(stderr).toMatch(line);
  expect(existsSync(join(cwd, NAME))).toBe(false);
}

describe('quantgate pull', () => {
  it('fetches what the gate wrote, byte for byte, and inspect reads it', async () => {
    addChips(gateRun());
    await expectFetched();
    const { code, stdout } = await runQuantgate(['inspect', join(NAME, 'calibration.cache')], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining('image')]);
  });

  it('fetches the files of a gate that failed, into the folder that is asked for', async () => {
    addChips(gateRun('failure'));
    await expectFetched('for/jetson', '--out', 'for/jetson');
  });

  it('takes GH_TOKEN, and the URL of an Enterprise Server', async ({ task }) => {
    await github.close();
    github = await startGithub({ host: 'ghes' });
    reset(`${task.id}-ghes`);
    addChips(gateRun());
    env = { GITHUB_API_URL: github.urls.api, GH_TOKEN: env.GITHUB_TOKEN! };
    await expectFetched();
    const logins = github.log.filter(({ operation }) => operation !== 'blob/get').map(({ login }) => login);
    expect(new Set(logins)).toEqual(new Set(['ada']));
  });

  it('fetches the files of a fork, whose run the repository has', async () => {
    const fork = addFork(github.state, repo, 'eve');
    const foreign = addPull(github.state, repo, { author: 'eve', files: { 'tiny.onnx': 'x' }, from: fork });
    const of = { event: 'pull_request', sha: foreign.headSha, branch: foreign.headBranch, from: fork };
    addChips(addRun(github.state, repo, of));
    await expectFetched(NAME, '--pr', '2');
  });

  it(
    'waits out a secondary limit',
    async () => {
      addChips(gateRun());
      github.fault('actions/download-artifact', faults.secondaryLimit({ retryAfter: 1 }));
      await expectFetched();
    },
    LONG,
  );
});

describe('quantgate pull says in one line', () => {
  it('that there is no token', () => {
    env = { GITHUB_API_URL: github.urls.api };
    return expectLine(/there is no token of GitHub: set GITHUB_TOKEN or GH_TOKEN to one/);
  });
  it('that the URL of the API is none', () => {
    env = { ...env, GITHUB_API_URL: 'file:///etc' };
    return expectLine(/GITHUB_API_URL "file:\/\/\/etc" is no URL/);
  });
  it(
    'that nobody listens there',
    () => {
      env = { ...env, GITHUB_API_URL: 'http://127.0.0.1:9' };
      return expectLine(
        /cannot read pull request 1: no answer from GitHub .*: check the network and the API URL/,
      );
    },
    LONG,
  );
  it('that the token is not valid', () => {
    env = { ...env, GITHUB_TOKEN: 'ghp_wrong' };
    return expectLine(/GitHub does not take the token \(401/);
  });
  it('that the run is under way', () => {
    const { id } = gateRun(null);
    return expectLine(`run ${id} of ${change.headSha} is in_progress: wait for it`);
  });
  it('that the artifact has expired', () => {
    addChips(gateRun(), undefined, true);
    return expectLine(/artifact quantgate-tiny-tensorrt has expired: run the workflow/);
  });
  it('that the head moved on', () => {
    addChips(gateRun());
    pushToPull(github.state, change, { 'tiny.onnx': 'newer' });
    return expectLine(/its head moved on from \w{40}, which run \d+ judged, to \w{40}: wait for the gate/);
  });
  it('which targets there are', () => {
    addChips(gateRun());
    return expectLine(
      /target snpe is not among what run of \w{40} made \(tiny-tensorrt\)/,
      '--target',
      'snpe',
    );
  });
  it('that an option is missing', async () => {
    const { code, stderr } = await runQuantgate(['pull', '--pr', '1'], { cwd, env });
    expect([code, stderr]).toEqual([2, expect.stringContaining("required option '-r, --repo <owner/repo>'")]);
  });
});

describe('quantgate pull writes nothing of', () => {
  it('a file that is not what the manifest says', () => {
    addChips(gateRun(), zipOfFiles({ ...chips, 'calibration.cache': 'TRT-8001-evil' }));
    return expectLine(/calibration\.cache is not what manifest\.json says it is: do not use its files/);
  });
  it('an archive with a path out of it', () => {
    addChips(gateRun(), zipOf({ name: '../../evil', content: 'x' }));
    return expectLine(/is refused/);
  });
  it('an archive that unpacks to a thousand times its size', () => {
    addChips(gateRun(), zipOf({ name: 'zeros', content: Buffer.alloc(2 ** 25) }));
    return expectLine(/unpacks to more than 100 times its size/);
  });
  it('an archive into a folder that is a link', async () => {
    addChips(gateRun());
    mkdirSync(join(cwd, 'elsewhere'));
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'link'));
    await expectLine(/link is a link: remove it, or choose another folder with --out/, '--out', 'link');
    expect(readdirSync(join(cwd, 'elsewhere'))).toEqual([]);
  });
});
