import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PullOptions, pull } from '../../../src/cli/pull/pull.ts';
import { UserError } from '../../../src/errors.ts';
import {
  addArtifact,
  addFork,
  addPull,
  addRepo,
  addRun,
  addToken,
  pushToPull,
} from '../../fake-github/build.ts';
import { type Fault, faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Pull, Repo, WorkflowRun } from '../../fake-github/state.ts';
import { lastingFaults, passingFaults } from '../../support/api-faults.ts';
import { chipFolder, zipOfFiles } from '../../support/chip-folder.ts';
import { testApi } from '../../support/http-mocks.ts';
import { zipOf } from '../../support/zip.ts';

const OUT = 'quantgate-signs-tensorrt';

let github: Github;
let repo: Repo;
let change: Pull;
let cwd: string;
let token: string;
beforeEach(async () => {
  github = await startGithub();
  repo = addRepo(github.state, 'acme/models');
  change = addPull(github.state, repo, { author: 'ada', files: { 'signs.onnx': 'onnx' } });
  token = addToken(github.state, 'ada', { actions: 'read', pull_requests: 'read' });
  cwd = mkdtempSync(join(tmpdir(), 'quantgate-pull-'));
});
afterEach(async () => {
  rmSync(cwd, { recursive: true });
  await github.close();
});

/** A run of the pull request's head. */
const gateRun = (given: { readonly sha?: string; readonly conclusion?: string | null } = {}) =>
  addRun(github.state, repo, {
    event: 'pull_request',
    sha: change.headSha,
    branch: change.headBranch,
    ...given,
  });

const addChip = (run: WorkflowRun, name = OUT, zip = zipOfFiles(chipFolder()), expired = false) =>
  addArtifact(github.state, repo, run, { name, zip, expired });

async function fetchChip(options: Partial<PullOptions> = {}) {
  const lines: string[] = [];
  const code = await pull(
    { repo: 'acme/models', pr: '1', target: 'tensorrt', ...options },
    {
      cwd,
      print: (line) => lines.push(line),
      signal: new AbortController().signal,
      github: () => testApi(github.urls.api, token),
    },
  );
  return { code, lines };
}

/** It ends with one line like this, and nothing is left in the working folder but what was there. */
async function expectLine(line: RegExp | string, options: Partial<PullOptions> = {}): Promise<void> {
  const before = readdirSync(cwd);
  const error = await fetchChip(options).then(
    ({ lines }) => expect.unreachable(lines.join('\n')),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).toMatch(line);
  expect(message).toMatch(/^[^\p{Cc}]*$/u);
  expect(readdirSync(cwd)).toEqual(before);
}

describe('quantgate pull', () => {
  it('writes the files of the newest finished run, verified', async () => {
    addChip(gateRun(), OUT, zipOfFiles(chipFolder({ files: { 'calibration.cache': 'old' } })));
    const run = gateRun({ conclusion: 'failure' });
    addChip(run);
    gateRun({ conclusion: null });
    const { code, lines } = await fetchChip();
    expect(code).toBe(0);
    for (const [name, content] of Object.entries(chipFolder()))
      expect(readFileSync(join(cwd, OUT, name), 'utf8')).toBe(content);
    expect(readdirSync(cwd)).toEqual([OUT]);
    expect(lines.at(-1)).toBe(
      `signs for tensorrt: 3 files of run ${run.id}, commit ${change.headSha}, verified; README.md says how to use them`,
    );
  });

  it('passes over runs of other workflows, and over what an earlier attempt left', async () => {
    const run = gateRun();
    addChip(run, OUT, zipOfFiles(chipFolder({ files: { 'calibration.cache': 'first attempt' } })));
    addChip(run, OUT, zipOfFiles(chipFolder({ files: { 'calibration.cache': 'second attempt' } })));
    addRun(github.state, repo, {
      event: 'pull_request',
      sha: change.headSha,
      path: '.github/workflows/ci.yml',
    });
    await fetchChip();
    expect(readFileSync(join(cwd, OUT, 'calibration.cache'), 'utf8')).toBe('second attempt');
  });

  it('takes the runs of a fork for its pull request, and no others', async () => {
    const fork = addFork(github.state, repo, 'eve');
    const foreign = addPull(github.state, repo, {
      author: 'eve',
      files: { 'signs.onnx': 'evil' },
      from: fork,
    });
    const of = { event: 'pull_request', sha: foreign.headSha, branch: foreign.headBranch, from: fork };
    addChip(addRun(github.state, repo, of));
    await fetchChip({ pr: '2' });
    expect(readdirSync(cwd)).toEqual([OUT]);
    // The fork proposes the very commit of pull request 1, and its run is not that one's.
    addChip(addRun(github.state, repo, { ...of, sha: change.headSha }));
    await expectLine(/^pull request 1 has no chip files yet: no workflow has run on/, { out: 'other' });
  });

  it('writes where it is told, into a folder that is empty or not there', async () => {
    addChip(gateRun());
    mkdirSync(join(cwd, 'empty'));
    await fetchChip({ out: 'empty' });
    await fetchChip({ out: 'a/b' });
    expect([readdirSync(join(cwd, 'empty')).length, readdirSync(join(cwd, 'a/b')).length]).toEqual([3, 3]);
  });

  it('wants to know which model, where several have the target', async () => {
    const run = gateRun();
    for (const model of ['signs', 'faces'])
      addChip(run, `quantgate-${model}-tensorrt`, zipOfFiles(chipFolder({ model })));
    addChip(run, 'quantgate-report-tensorrt', zipOfFiles({}));
    await expectLine(
      /^several models have target tensorrt \((faces|signs)-tensorrt, \w+-tensorrt\): choose one/,
    );
    await fetchChip({ model: 'faces' });
    expect(readdirSync(cwd)).toEqual(['quantgate-faces-tensorrt']);
  });
});

describe('quantgate pull says what there is instead:', () => {
  it('other targets', async () => {
    const run = gateRun();
    addChip(run, 'quantgate-signs-snpe');
    addChip(run, 'quantgate-a\n::error::\u202e-snpe');
    addChip(run, 'quantgate-report');
    const line =
      /^target tensorrt is not among what run of \w{40} made \(signs-snpe, a ::error:: -snpe\): name one/;
    await expectLine(line);
    await expectLine(/^target snpe of model faces is not among/, { target: 'snpe', model: 'faces' });
  });
  it('artifacts that have expired', async () => {
    addChip(gateRun(), OUT, zipOfFiles(chipFolder()), true);
    await expectLine(/^artifact quantgate-signs-tensorrt has expired: run the workflow/);
  });
  it('an artifact that expires in between', async () => {
    addChip(gateRun());
    const gone = { ...faults.notFound, status: 410 } as Fault;
    github.fault('actions/download-artifact', gone);
    await expectLine(/^cannot download artifact quantgate-signs-tensorrt: it is no longer kept/);
  });
  it('a run under way', async () => {
    const { id } = gateRun({ conclusion: null });
    await expectLine(`no chip files yet: run ${id} of ${change.headSha} is in_progress: wait for it`);
  });
  it('a run that was cancelled', async () => {
    addChip(gateRun({ conclusion: 'cancelled' }));
    await expectLine(/ is cancelled: wait for it, or run it again$/);
  });
  it('no run', () =>
    expectLine(/no workflow has run on \w{40}: approve its workflows or resolve its conflicts/));
  it('a head that moved on', async () => {
    const run = gateRun();
    addChip(run);
    const { sha } = pushToPull(github.state, change, { 'signs.onnx': 'newer' });
    await expectLine(
      `its head moved on from ${run.headSha}, which run ${run.id} judged, to ${sha}: wait for the gate`,
    );
  });
  it('a gate that had nothing to judge', async () => {
    const run = gateRun();
    addChip(run, 'quantgate-report');
    await expectLine(`left none, as where no model changed: look at the report of run ${run.id}`);
  });
  it('no pull request', () => expectLine(/^cannot read pull request 9: not found/, { pr: '9' }));
  it('no permission', async () => {
    addChip(gateRun());
    token = addToken(github.state, 'bob', { contents: 'read' });
    await expectLine(/the token may not \(403 .*actions: read/);
  });
  it.each<[Partial<PullOptions>, RegExp]>([
    [{ repo: 'models' }, /^--repo "models" is no repository: give it as OWNER\/REPO$/],
    [{ repo: 'a/..' }, /is no repository/],
    [{ pr: '0' }, /^--pr "0" is no pull request/],
    [{ pr: '1/../2' }, /is no pull request/],
    [{ target: '../x' }, /^--target "..\/x" is no target/],
  ])('%j', (options, line) => expectLine(line, options));
});

describe('quantgate pull refuses', () => {
  const whole = chipFolder();
  const tampered = (change: object) =>
    zipOfFiles({
      ...whole,
      'manifest.json': JSON.stringify({ ...JSON.parse(whole['manifest.json']), ...change }),
    });
  const named = (file: string) => tampered({ files: [{ file, sha256: 'a'.repeat(64) }] });
  it.each<[string, Buffer, RegExp]>([
    [
      'a changed file',
      zipOfFiles({ ...whole, 'calibration.cache': 'TRT-8002' }),
      /calibration\.cache is not what/,
    ],
    [
      'a missing file',
      zipOfFiles({ 'manifest.json': whole['manifest.json'] }),
      /calibration\.cache is missing/,
    ],
    ['an added file', zipOfFiles({ ...whole, 'run.sh': 'rm -rf' }), /"run\.sh" is not in manifest\.json/],
    ['no manifest', zipOfFiles({ 'calibration.cache': 'x' }), /it has no manifest\.json/],
    [
      'a manifest that is not JSON',
      zipOfFiles({ ...whole, 'manifest.json': '{' }),
      /manifest\.json is not of the form expected \(no JSON: /,
    ],
    ['an unknown key', tampered({ colour: 'red' }), /form expected \(all of it: .*colour/],
    ['another format', tampered({ quantgateChip: 2 }), /form expected \(quantgateChip/],
    ['a path', named('../calibration.cache'), /form expected \(files\.0\.file/],
    ['a hidden file', named('.bashrc'), /form expected \(files\.0\.file/],
    [
      'the files of another model',
      zipOfFiles(chipFolder({ model: 'faces' })),
      /is of model faces for tensorrt/,
    ],
    ['the files of another target', zipOfFiles(chipFolder({ target: 'snpe' })), /is of model signs for snpe/],
    ['a path out of the archive', zipOf({ name: '../../x', content: 'x' }), /is refused/],
    ['a link', zipOf({ name: 'x', content: '/etc/passwd', mode: 0o120777 }), /"x" is a link/],
    ['what is no zip', Buffer.from('hello'), /is not a readable zip/],
  ])('%s', async (_, zip, line) => {
    addChip(gateRun(), OUT, zip);
    await expectLine(line);
  });

  it('a name that would write into the terminal, which it does not do', async () => {
    addChip(gateRun(), 'quantgate-\u001b]0;owned\u0007\u202e-tensorrt', zipOfFiles(chipFolder()));
    await expectLine(/^artifact quantgate- \]0;owned -tensorrt of run \d+ is refused/);
    addChip(gateRun(), 'quantgate-\u001b[2J-tensorrt', zipOfFiles(chipFolder()), true);
    await expectLine(/^artifact quantgate- \[2J-tensorrt has expired/);
  });

  it('folders that hold something, links and files', async () => {
    addChip(gateRun());
    mkdirSync(join(cwd, 'full'));
    writeFileSync(join(cwd, 'full/mine'), 'mine');
    mkdirSync(join(cwd, 'elsewhere'));
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'link'));
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, OUT));
    writeFileSync(join(cwd, 'file'), 'mine');
    await expectLine(/full is not empty: remove it, or choose another folder with --out$/, { out: 'full' });
    await expectLine(/link is a link/, { out: 'link' });
    await expectLine(/quantgate-signs-tensorrt is a link/);
    await expectLine(/file is a file/, { out: 'file' });
    await expectLine(/below cannot be written/, { out: 'file/below' });
    expect(readdirSync(join(cwd, 'elsewhere'))).toEqual([]);
    expect(readdirSync(join(cwd, 'full'))).toEqual(['mine']);
  });
});

describe.each([
  'pulls/get',
  'actions/list-workflow-runs-for-repo',
  'actions/list-workflow-run-artifacts',
  'actions/download-artifact',
  'blob/get',
])('quantgate pull when %s fails', (operation) => {
  beforeEach(() => {
    addChip(gateRun());
  });
  it.each(lastingFaults)(
    'for good with $name: one line, nothing written, and whole when it is over',
    async (each) => {
      github.fault(operation, each.fault, { times: each.tries });
      await expectLine(/^cannot [^:]+: .+: .+$/);
      await fetchChip();
      expect(readdirSync(join(cwd, OUT))).toHaveLength(3);
    },
  );
  it.each(passingFaults)('once with $name: it asks again', async ({ fault }) => {
    github.fault(operation, fault);
    await fetchChip();
    expect(readdirSync(join(cwd, OUT))).toHaveLength(3);
  });
});
