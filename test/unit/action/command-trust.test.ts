import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readComment } from '../../../src/github/comment-body.ts';
import { addCommit, addRun } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { leave, makeWorld, reportOn, type World } from '../../support/action-world.ts';
import { judged, say } from '../../support/commenting.ts';
import { attributed, passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const accept = ({ pull }: World) => `/quantgate accept ${pull.headSha} ships tomorrow`;
/** A later run of another workflow on the same head. */
const laterRun = ({ repo, pull }: World, path: string) =>
  addRun(github.state, repo, {
    event: 'pull_request',
    sha: pull.headSha,
    branch: pull.headBranch,
    from: github.state.repos.get(pull.headRepo!),
    path,
  });

describe('a command', () => {
  it.each([
    ['the pull request brings', '.github/workflows/mine.yml', undefined],
    [
      'the base has, and that gates nothing',
      '.github/workflows/tests.yml',
      'on: pull_request\njobs: { t: { steps: [{ run: x }] } }\n',
    ],
    [
      'the base gates with on other events',
      '.github/workflows/report.yml',
      'on: push\njobs: { t: { steps: [{ uses: a/quantgate@b }] } }\n',
    ],
    ['the base has, and that is no YAML', '.github/workflows/broken.yml', 'on: [\n'],
  ])('is not captured by a later run of a workflow that %s', async (_, path, text) => {
    const world = judged(github);
    if (text !== undefined) addCommit(github.state, world.repo, { branch: 'main', files: { [path]: text } });
    const run = laterRun(world, path);
    leave(github, { ...world, run }, reportOn(world, [passing]));
    const { answers } = await say(github, world, 'ada', accept(world));
    expect(answers[0]).toContain('nothing else: ships tomorrow');
    expect(world.run.attempt).toBe(2);
  });

  it('obeys the report on its own pull request, not that on another one of the head', async () => {
    const world = judged(github);
    const run = laterRun(world, '.github/workflows/quantgate.yml');
    const report = reportOn(world, [passing]);
    leave(github, { ...world, run }, { ...report, change: { ...report.change!, pullRequest: 2 } });
    expect((await say(github, world, 'ada', accept(world))).answers[0]).toContain('Accepted');
  });
});

describe('/quantgate accept', () => {
  it('does not take what a changed workflow made a report of', async () => {
    const world = judged(github, {
      files: { '.github/workflows/quantgate.yml': 'on: pull_request\n', 'signs.onnx': 'x' },
    });
    const { answers, reactions } = await say(github, world, 'ada', accept(world));
    expect(answers[0]).toContain('nobody knows what that would let through');
    expect(answers[0]).toContain('changes .github/workflows/quantgate.yml');
    expect(reactions).toEqual(['eyes', '-1']);
  });

  it('takes what is doubted for its data: somebody looked at them', async () => {
    const world = makeWorld(github);
    leave(github, world, {
      ...reportOn(world, [passing]),
      doubts: ['labels are its own'],
      verdict: 'inconclusive',
    });
    expect((await say(github, world, 'ada', accept(world))).reactions).toEqual(['eyes', '+1']);
  });

  it('refuses who made the commit, and who pushed it', async () => {
    const made = judged(github, { isFork: false });
    Object.assign(made.repo.commits.get(made.pull.headSha)!, { author: 'ada' });
    expect((await say(github, made, 'ada', accept(made))).answers[0]).toContain(
      'who made or pushed the commit cannot accept it',
    );
    const pushed = judged(github);
    Object.assign(pushed.run, { actor: 'ada' });
    laterRun(pushed, '.github/workflows/other.yml');
    expect((await say(github, pushed, 'ada', accept(pushed))).answers[0]).toContain('pushed the commit');
  });

  it('lets whoever started it later accept, as by a title that they edited', async () => {
    const world = judged(github);
    Object.assign(laterRun(world, '.github/workflows/quantgate.yml'), { actor: 'ada' });
    expect((await say(github, world, 'ada', accept(world))).answers[0]).toContain('Accepted');
  });
});

it('/quantgate apply writes nothing that another run reports', async () => {
  const world = makeWorld(github, { isFork: false });
  const run = laterRun(world, '.github/workflows/mine.yml');
  leave(github, { ...world, run }, reportOn(world, [attributed]));
  const { answers } = await say(github, world, 'ada', '/quantgate apply');
  expect(answers[0]).toMatch(/^No finished run of the gate/);
  expect(readComment(world.repo.comments[0].body)).toBeUndefined();
});
