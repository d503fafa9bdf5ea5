import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModeContext } from '../../../src/action/mode.ts';
import { report } from '../../../src/action/modes/report.ts';
import { readComment } from '../../../src/github/comment-body.ts';
import { addRun } from '../../fake-github/build.ts';
import { eventsOf } from '../../fake-github/events.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Pull } from '../../fake-github/state.ts';
import {
  bodies,
  conclusions,
  endOf,
  leave,
  makeWorld,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import { passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

/** The end of the world's run, where its payload says this besides. */
function end(world: World, change: object = {}) {
  const event = endOf(github, world);
  const payload = event.payload as { readonly workflow_run: object };
  return { ...event, payload: { ...payload, workflow_run: { ...payload.workflow_run, ...change } } };
}

/** A world whose run has left a report. */
function reported(): World {
  const world = makeWorld(github);
  leave(github, world, reportOn(world));
  return world;
}

/** A pull request of the same head into another branch. */
function alsoProposed({ repo, pull }: World): Pull {
  repo.refs.set('heads/release', repo.refs.get('heads/main')!);
  const other = { ...pull, id: github.state.nextId(), number: 2, base: 'release' };
  repo.pulls.push(other);
  return other;
}

describe('a run is reported', () => {
  it('and the log says so', async () => {
    const world = reported();
    const { log } = await runMode(github, report, world, end(world));
    expect(log).toEqual([`info: pull request 1: 1 reports of run ${world.run.id}`]);
  });

  it('with the attempt that it is, and in the comment of its workflow, whatever its ref', async () => {
    const world = reported();
    const path = '.github/workflows/quantgate.yml@refs/pull/1/merge';
    await runMode(github, report, world, end(world, { path, run_attempt: 3 }));
    const comment = readComment(bodies(world)[0]);
    expect(comment).toMatchObject({ key: '.github/workflows/quantgate.yml', run: world.run.id });
    expect(comment?.sections.map(({ attempt }) => attempt)).toEqual([3]);
  });

  it('on the pull request that it judged, and on no other one of the same head', async () => {
    const world = reported();
    const other = alsoProposed(world);
    const { log } = await runMode(github, report, world, end(world));
    expect(bodies(world)).toHaveLength(1);
    expect(bodies({ ...world, pull: other })).toEqual([]);
    expect(world.repo.checkRuns.map(({ name }) => name)).toEqual(['quantgate (main)']);
    expect(log).toEqual([
      `info: pull request 2: run ${world.run.id} judged another one`,
      `info: pull request 1: 1 reports of run ${world.run.id}`,
    ]);
  });

  it('with no word on what another base lets pass', async () => {
    const world = reported();
    const other = alsoProposed(world);
    await runMode(github, report, world, end(world));
    const before = bodies(world);
    const passes = reportOn({ ...world, pull: other }, [passing]);
    const run = addRun(github.state, world.repo, {
      event: 'pull_request',
      sha: other.headSha,
      branch: other.headBranch,
      from: github.state.repos.get(other.headRepo!),
      conclusion: 'success',
    });
    const second = { ...world, run };
    leave(github, second, passes);
    await runMode(github, report, second, end(second), { inputs: { comment: 'always' } });
    expect(bodies(world)).toEqual(before);
    expect(bodies({ ...world, pull: other })[0]).toContain('## ✅ ');
    expect(world.repo.checkRuns.map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
      'quantgate (main): failure',
      'quantgate (release): success',
    ]);
  });

  it.each([
    ['says nothing of what it judged', () => undefined, 'does not say which pull request it judged'],
    [
      'was judged by a commit of no such branch',
      (change: object) => ({ ...change, base: 'f'.repeat(40) }),
      'which is no commit of',
    ],
  ])('as not judged where the report %s', async (_, changed, why) => {
    const world = makeWorld(github);
    const whole = reportOn(world, [passing]);
    leave(github, world, { ...whole, change: changed(whole.change!) } as typeof whole);
    await runMode(github, report, world, end(world));
    expect(bodies(world)[0]).toContain(why);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('as doubted where the workflow that ran is none by which the base gates', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world, [passing]));
    await runMode(github, report, world, end(world, { path: '.github/workflows/evil.yml' }));
    expect(bodies(world)[0]).toContain('is no workflow that gates pull requests');
    expect(conclusions(world)).toEqual(['action_required']);
  });

  it.each(['failure', 'cancelled', 'timed_out'])(
    'as doubted where it ended in %s, and the reports of its jobs do not say why',
    async (conclusion) => {
      const world = makeWorld(github);
      leave(github, world, reportOn(world, [passing]), 'quantgate-report-a');
      await runMode(github, report, world, end(world, { conclusion }), { inputs: { comment: 'always' } });
      expect(bodies(world)[0]).toContain('a job may have left none');
      expect(bodies(world)[0]).not.toContain('\n## ✅ ');
      expect(conclusions(world)).toEqual(['action_required']);
    },
  );

  it('with the reports that it has and why others count for nothing', async () => {
    const world = reported();
    leave(github, world, [{ name: 'report.json', content: '{}' }], 'quantgate-report-b');
    await runMode(github, report, world, end(world));
    const [body] = bodies(world);
    expect(body).toContain('**Not judged:**');
    expect(body).toContain('#### ❌ signs on onnxruntime-w4a8');
    expect(body).not.toContain('without a report');
  });

  it('as an error without a reason where GitHub does not say how it ended', async () => {
    const world = makeWorld(github);
    await runMode(github, report, world, end(world, { conclusion: null }));
    expect(bodies(world)[0]).toContain('the gate ended without a report: see its log, and run it again');
  });

  it('as one without models where its report has none', async () => {
    const world = makeWorld(github);
    leave(github, world, { ...reportOn(world), models: [], verdict: 'pass', unchanged: 'all is the same' });
    const { error } = await runMode(github, report, world, end(world));
    expect(error).toBeUndefined();
    expect(conclusions(world)).toEqual(['success']);
  });
});

describe('a run is left alone', () => {
  it.each([
    ['was started by push, not by a pull request', { event: 'push' }],
    ['has not ended', { status: 'in_progress', conclusion: null }],
    ['was skipped', { conclusion: 'skipped' }],
  ])('that %s, and the log says so', async (why, change) => {
    const world = reported();
    const { outcome, log } = await runMode(github, report, world, end(world, change));
    expect(outcome).toEqual({ outputs: {}, summary: '', failure: undefined });
    expect(log).toEqual([`info: run ${world.run.id} ${why}: there is nothing to report`]);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
  });

  it.each([
    ['fork is gone', { head_repository: null }],
    ['branch is gone', { head_branch: null }],
    ['branch is not proposed', { head_branch: 'another' }],
  ])('whose %s, and GitHub is told nothing', async (_, change) => {
    const world = reported();
    const { error, log } = await runMode(github, report, world, end(world, change));
    expect(error).toBeUndefined();
    expect(log).toEqual([
      `notice: no open pull request has ${world.pull.headSha} as its head now: run ${world.run.id} is not reported`,
    ]);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
  });
});

describe('mode report needs', () => {
  it('the end of a run', async () => {
    const world = reported();
    const event = eventsOf(github.state, github.urls, world.repo).pullRequest(world.pull);
    const { error } = await runMode(github, report, world, event);
    expect(String(error)).toBe(
      'UserError: mode report does not know event pull_request: start the workflow on workflow_run',
    );
  });

  it('a token', async () => {
    const world = reported();
    const withoutToken = (step: ModeContext) => report({ ...step, api: undefined });
    const { error } = await runMode(github, withoutToken, world, end(world));
    expect(String(error)).toBe('UserError: mode report needs a token: set the input token');
  });
});
