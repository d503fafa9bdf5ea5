import { afterAll, beforeAll, expect } from 'vitest';
import { addArtifact, addCommit, addFork, addRun } from '../fake-github/build.ts';
import { faults } from '../fake-github/faults.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { match, play } from './scenarios.ts';
import { addBaseline, type Gated, type World } from './world.ts';

const FILE = 'tiny.baseline.json';
let project: Project;
let recorded: string;
let zip: Uint8Array;
beforeAll(async () => {
  project = await makeProject();
  project.run('baseline');
  recorded = project.read(`quantgate-baseline/${FILE}`);
  project.delete('quantgate-baseline');
  zip = zipOf({ name: FILE, content: recorded });
});
afterAll(() => project.remove());

const kept = baseConfig.replace('models:', 'baseline: kept\nmodels:');
const released = baseConfig.replace('models:', 'baseline: { release: v1.0 }\nmodels:');
const is =
  (baseline: unknown) =>
  ({ report }: Gated) =>
    expect(report?.models[0]?.baseline).toEqual(baseline);
const compared = is(expect.objectContaining({ state: 'compared' }));
const notYet = is({ state: 'no-baseline-yet' });
const unavailable = (reason: RegExp) => is({ state: 'baseline-unavailable', reason: match(reason) });

function addRelease({ github, repo }: World, bytes: Uint8Array): void {
  const { state } = github;
  const [id, createdAt, uploader] = [state.nextId(), state.now(), 'acme'];
  const asset = { id, name: FILE, label: '', contentType: 'application/json', bytes, createdAt, uploader };
  repo.releases.push({
    id: state.nextId(),
    tag: 'v1.0',
    title: 'v1.0',
    body: '',
    draft: false,
    prerelease: false,
    author: 'acme',
    createdAt,
    assets: [asset],
  });
}

play(
  {
    'The baseline of a pull request': {
      'is the artifact of the newest push of the base commit, whose age is said': {
        with: (world) => {
          addBaseline(world, zipOf({ name: FILE, content: '{}' }));
          addBaseline(world, zip);
        },
        check: (result) => {
          is(expect.objectContaining({ state: 'compared', date: JSON.parse(recorded).date }))(result);
          expect(result.summary).toContain('compared with the baseline, less than a day old');
        },
      },
      'is that of the nearest commit, not of an old one that a tag named like the branch records anew': {
        with: (world) => {
          const { github, repo } = world;
          const old = repo.refs.get('heads/main')!;
          const push = (text: string) =>
            addCommit(github.state, repo, { branch: 'main', files: { 'README.md': text } });
          push('# near\n');
          addBaseline(world, zip);
          push('# base\n');
          addBaseline(world, zipOf({ name: FILE, content: '{}' }), { sha: old });
        },
        check: compared,
      },
      'is not there yet': { says: [], check: notYet },
      'has expired': {
        with: (world) => addBaseline(world, zip, { expired: true }),
        check: unavailable(/has expired: start the workflow of run \d+ on the base branch again/),
      },
      'is not that of a fork that has a branch of the same name': {
        with: (world) => {
          const from = addFork(world.github.state, world.repo, 'eve');
          addBaseline(world, zip, { from });
        },
        check: notYet,
      },
      'is not that of a pull request or of another workflow': {
        with: ({ github, repo, pull }) => {
          const sha = repo.refs.get('heads/main')!;
          const proposed = addRun(github.state, repo, { event: 'pull_request', sha: pull.headSha });
          const other = addRun(github.state, repo, { event: 'push', sha, path: '.github/workflows/x.yml' });
          for (const run of [proposed, other])
            addArtifact(github.state, repo, run, { name: 'quantgate-baseline', zip });
        },
        check: notYet,
      },
      'is refused where it is not what its digest says': {
        with: (world) => {
          addBaseline(world, zip);
          world.github.fault('blob/get', { kind: 'answer', status: 200, body: {}, headers: {} });
        },
        check: unavailable(/it is sha256:.*GitHub states sha256:/),
      },
      'is refused where it unpacks to a bomb': {
        with: (world) => addBaseline(world, zipOf({ name: FILE, content: Buffer.alloc(2 ** 25) })),
        check: unavailable(/unpacks to more than/),
      },
      'is found among those of a matrix': {
        with: (world) => addBaseline(world, zip, { name: 'quantgate-baseline-tiny' }),
        check: compared,
      },
      'is found where GitHub fails at first': {
        with: (world) => {
          addBaseline(world, zip);
          for (const operation of ['actions/list-workflow-runs', 'repos/get-content'])
            world.github.fault(operation, faults.serverError(502));
          world.github.fault('repos/compare-commits-with-basehead', faults.cut);
        },
        check: compared,
      },
      'cannot be looked for without actions: read': {
        begin: () => ({ isPrivate: true }),
        job: { permissions: { contents: 'read', pull_requests: 'read' } },
        check: unavailable(/give the job `permissions: \{ contents: read, actions: read \}`/),
      },
      'of the input comes first': {
        with: (world) => addBaseline(world, zip),
        begin: () => {
          project.write('given/other.baseline.json', '{}');
          return {};
        },
        job: { inputs: { baseline: 'given' } },
        check: (result, { github }) => {
          notYet(result);
          expect(github.calls('actions/list-workflow-runs')).toEqual([]);
        },
      },
      'of an input that names no folder of baselines is an error': {
        job: { inputs: { baseline: 'nowhere' } },
        code: 1,
        verdict: undefined,
        says: [match(/^error: input baseline: nowhere is no folder of baselines/)],
      },
    },
    'Where no artifact is': {
      'the file of the base commit is taken, not that of the pull request': {
        begin: () => ({
          base: { 'quantgate.yml': kept, [`kept/${FILE}`]: recorded },
          head: { 'tiny.onnx': 'another model', [`kept/${FILE}`]: '{}' },
        }),
        check: compared,
      },
      'a file is taken for an artifact that has expired': {
        begin: () => ({ base: { 'quantgate.yml': kept, [`kept/${FILE}`]: recorded } }),
        with: (world) => addBaseline(world, zip, { expired: true }),
        check: compared,
      },
      'a file that is not there does not hide that an artifact has expired': {
        begin: () => ({ base: { 'quantgate.yml': kept } }),
        with: (world) => addBaseline(world, zip, { expired: true }),
        check: unavailable(/has expired/),
      },
      'the asset of a release is taken': {
        begin: () => ({ base: { 'quantgate.yml': released } }),
        with: (world) => addRelease(world, Buffer.from(recorded)),
        check: compared,
      },
      'the file of the base commit is taken on a server without an artifact service': {
        begin: () => ({ host: 'ghes', base: { 'quantgate.yml': kept, [`kept/${FILE}`]: recorded } }),
        job: { artifacts: false },
        says: [],
        check: compared,
      },
      'an asset that is no baseline is said': {
        begin: () => ({ base: { 'quantgate.yml': released } }),
        with: (world) => addRelease(world, Buffer.from('{}')),
        check: unavailable(/tiny\.baseline\.json of release v1\.0 is not a baseline/),
      },
      'a pull request that names another release is compared with that of the base': {
        begin: () => ({
          base: { 'quantgate.yml': released },
          head: { 'quantgate.yml': released.replace('v1.0', 'v6.6') },
        }),
        with: (world) => addRelease(world, Buffer.from(recorded)),
        check: compared,
      },
    },
  },
  () => project,
);
