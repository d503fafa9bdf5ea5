import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { addComment, addFork, addPull, addToken, pushToPull } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import { fileAt } from '../fake-github/git.ts';
import type { Pull, WorkflowRun } from '../fake-github/state.ts';
import { classifierParts, floats, makeModel, noise } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { runQuantgate } from './command-line.ts';
import { speak } from './comment-on.ts';
import { openWorld, type World } from './world.ts';

const config = baseConfig.replace(
  'targets: [tensorrt, onnxruntime]',
  'targets: [tensorrt]\n    range: min-max',
);

/** The classifier behind a Clip. A worse one reads the picture through a convolution that changes nothing. */
function model(given: { readonly worse: boolean; readonly version: string }): ModelProto {
  const parts = classifierParts();
  parts.nodes[0].input[0] = 'limited';
  const read = makeNode('Conv', ['image', 'one'], ['read'], { kernel_shape: [1, 1] });
  read.name = 'read';
  const made = makeModel({
    ...parts,
    nodes: [
      ...(given.worse ? [read] : []),
      makeNode('Clip', [given.worse ? 'read' : 'image', 'low', 'high'], ['limited']),
      ...parts.nodes,
    ],
    constants: {
      ...parts.constants,
      ...(given.worse && { one: floats([1, 1, 1, 1], [1]) }),
      low: floats([], [-1]),
      high: floats([], [1]),
    },
  });
  made.docString = given.version;
  return made;
}

const bytesOf = (worse: boolean, version: string) => serializeModel(model({ worse, version }));

let project: Project;
let world: World;
beforeAll(async () => {
  project = await makeProject(model({ worse: false, version: '1' }));
  // One pixel of one calibration sample is a thousand times brighter than all others.
  const inputs = noise(400 * 64, 42);
  inputs[7] = 1000;
  project.write('inputs.npy', npyOf({ type: 'float32', dims: [400, 1, 8, 8], data: inputs }));
  world = await openWorld(project, {
    base: { 'quantgate.yml': config, 'tiny.onnx': bytesOf(false, '1') },
    head: { 'tiny.onnx': bytesOf(false, '2') },
  });
  world.repo.roles.set('mia', 'maintain');
});
afterAll(async () => {
  await world.github.close();
  project.remove();
});

const of = () => eventsOf(world.github.state, world.github.urls, world.repo);
const commentOn = ({ number }: Pull) =>
  world.repo.comments.filter(({ issue, author }) => issue === number && author === 'github-actions[bot]');

/** The checkout has the files of the pull request's head. */
function gateOf(pull: Pull, run?: WorkflowRun) {
  const head = world.github.state.repos.get(pull.headRepo!)!;
  for (const file of ['tiny.onnx', 'quantgate.yml']) {
    project.write(file, fileAt(head, pull.headSha, file)!);
  }
  return world.gate({ pull, run });
}

async function reportOn(run: WorkflowRun) {
  const { code, log } = await speak(world.github, of().workflowRun(run));
  expect(code, log).toBe(0);
}

async function command(pull: Pull, words: string) {
  const comment = addComment(world.github.state, world.repo, pull, 'mia', words);
  const { code, log } = await speak(world.github, of().issueComment(comment));
  expect(code, log).toBe(0);
  const [, answer] = comment.reactions.map(({ content }) => content);
  return answer;
}

describe('a repository with quantgate', { timeout: 60_000 }, () => {
  let good: Pull;
  let worse: Pull;
  let foreign: Pull;

  it('records the baseline when its main branch is pushed', async () => {
    const { code, log, run } = await world.gate({ on: 'push' });
    expect(code, log).toBe(0);
    expect(world.repo.artifacts.filter((each) => each.run === run.id).map(({ name }) => name)).toEqual([
      'quantgate-baseline',
    ]);
  });

  it('passes a pull request with a model as good, without a comment', async () => {
    good = world.pull;
    const { code, log, report, run } = await gateOf(good);
    expect(code, log).toBe(0);
    const sha = world.repo.refs.get('heads/main');
    expect(report?.models[0].baseline).toMatchObject({ state: 'compared', sha });
    await reportOn(run);
    expect(commentOn(good)).toEqual([]);
  });

  it('fails a pull request with a worse model, and says why and what to do', async () => {
    const { state } = world.github;
    const files = { 'tiny.onnx': bytesOf(true, '3') };
    worse = addPull(state, world.repo, { author: 'ada', branch: 'worse', files });
    const { code, log, run } = await gateOf(worse);
    expect(code, log).toBe(1);
    await reportOn(run);
    const [comment] = commentOn(worse);
    expect(comment.body).toContain('## ❌ Quantization loses too much');
    expect(comment.body).toContain('<code>read</code>');
    expect(comment.body).toMatch(/```(diff|yaml)\n[^`]*chip: tensorrt\n[^`]*ranges:\n.*"image": \{ alpha: -/);
  });

  it('repairs it by /quantgate apply, and the next run passes', async () => {
    expect(await command(worse, '/quantgate apply')).toBe('+1');
    const text = Buffer.from(fileAt(world.repo, worse.headSha, 'quantgate.yml')!).toString();
    expect(text).toContain('targets: [{ chip: tensorrt, ranges: { "image": { alpha: -');
    const { code, log, run, report } = await gateOf(worse);
    expect(code, log).toBe(0);
    expect(report?.proposed, 'ranges are no other budget').toBeUndefined();
    await reportOn(run);
    const [comment, ...twins] = commentOn(worse).filter(({ body }) => body.includes('## '));
    expect(twins).toEqual([]);
    expect(comment.body).toContain('## ✅ Within the budget');
  });

  it('comments on a pull request of a fork', async () => {
    const { state } = world.github;
    const fork = addFork(state, world.repo, 'eve');
    foreign = addPull(state, world.repo, {
      author: 'eve',
      branch: 'mine',
      files: { 'tiny.onnx': bytesOf(true, '4') },
      from: fork,
    });
    const { code, log, run } = await gateOf(foreign);
    expect(code, log).toBe(1);
    await reportOn(run);
    expect(commentOn(foreign)[0].body).toContain('## ❌ Quantization loses too much');
  });

  it('lets one commit through by /quantgate accept, and not the next', async () => {
    const [run] = world.repo.runs.filter(({ headSha }) => headSha === foreign.headSha);
    expect(await command(foreign, `/quantgate accept ${foreign.headSha} shipped to one customer`)).toBe('+1');
    expect(run.attempt).toBe(2);
    const again = await gateOf(foreign, run);
    expect(again.code, again.log).toBe(0);
    expect(again.said).toContainEqual('notice: accepted by mia: shipped to one customer');
    expect(again.outputs.verdict).toBe('fail');
    pushToPull(world.github.state, foreign, { 'tiny.onnx': bytesOf(true, '5') });
    const next = await gateOf(foreign);
    expect(next.code, next.log).toBe(1);
  });

  it('gives the files for a chip to whoever pulls them', async () => {
    const { state, urls } = world.github;
    const token = addToken(state, 'ada', { actions: 'read', pull_requests: 'read', contents: 'read' });
    const env = { GITHUB_API_URL: urls.api, GITHUB_TOKEN: token };
    const where = ['--repo', 'acme/models', '--pr', String(good.number), '--target', 'tensorrt'];
    const { code, stdout, stderr } = await runQuantgate(['pull', ...where, '--out', 'chip'], {
      cwd: project.folder,
      env,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('verified');
    expect(project.read(join('chip', 'calibration.cache'))).toMatch(/^TRT-/);
  });

  it('requires the gate to be green', async () => {
    const { state, urls } = world.github;
    world.repo.roles.set('root', 'admin');
    const token = addToken(state, 'root', { administration: 'write', contents: 'read' });
    const { code, stderr } = await runQuantgate(['protect', '--repo', 'acme/models'], {
      cwd: project.folder,
      env: { GITHUB_API_URL: urls.api, GITHUB_TOKEN: token },
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.stringify(world.repo.rulesets)).toContain('"context":"gate"');
  });
});
