import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../../src/action/modes/report.ts';
import { bindingOf } from '../../../src/action/report-identity.ts';
import { storeAcceptance } from '../../../src/github/acceptance-store.ts';
import { ACTIONS_BOT, addRun, addToken, pushToPull } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Permissions } from '../../fake-github/state.ts';
import {
  addSticky,
  baseConfig,
  bodies,
  conclusions,
  endOf,
  leave,
  makeWorld,
  permissions,
  reportOn,
  runMode,
  sections,
  type World,
} from '../../support/action-world.ts';
import { testApi } from '../../support/http-mocks.ts';
import { failing, passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const KEY = '.github/workflows/quantgate.yml';
const run = (world: World, granted: Permissions = permissions) =>
  runMode(github, report, world, endOf(github, world), { granted });
/** A run of the gate after that of the world. */
const laterRun = ({ repo, pull }: World, sha = pull.headSha) =>
  addRun(github.state, repo, {
    event: 'pull_request',
    sha,
    branch: pull.headBranch,
    from: github.state.repos.get(pull.headRepo!),
    conclusion: null,
  }).id;
const passes = (world: World) => reportOn(world, [passing]);

describe('report', () => {
  it('says on the pull request of a fork what its run found, with commit, run and commands at the end', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    const { outcome } = await run(world);
    expect(outcome).toEqual({ outputs: {}, summary: '', failure: undefined });
    const [body] = bodies(world);
    expect(bodies(world)).toHaveLength(1);
    expect(body).toContain('## ❌ Quantization loses too much\n');
    expect(body).toContain(
      '|❌ **onnxruntime-w4a8**|96.55 → **84.05\u00a0%**|**12.50** of 1.00\u00a0pp<br>[11.10, 13.90]|',
    );
    expect(body!.trim().split('\n').at(-1)).toMatch(
      new RegExp(
        `^<sub>Judged .*/commit/${world.pull.headSha}\\) .*\\[this run\\]\\(https://.*/actions/runs/${world.run.id}\\) .*/quantgate accept ${world.pull.headSha} `,
      ),
    );
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('shows an acceptance that is stored, and none that only the run claims', async () => {
    const world = makeWorld(github);
    const fails = reportOn(world);
    leave(github, world, { ...fails, accepted: { by: 'ada', reason: 'as the run says' } });
    await run(world);
    expect(bodies(world)[0]).not.toContain('Accepted by');
    expect(conclusions(world)).toEqual(['failure']);

    const api = testApi(github.urls.api, addToken(github.state, ACTIONS_BOT, permissions));
    const repository = { owner: world.repo.owner, repo: world.repo.name };
    const stored = { by: 'mia', reason: 'ships tomorrow', date: '2026-01-01T00:00:00Z' };
    await storeAcceptance(api, repository, { quantgateAcceptance: 1, binding: bindingOf(fails)!, ...stored });
    await run(world);
    expect(bodies(world)[0]).toContain('Accepted by **mia**: ships tomorrow');
    expect(bodies(world)[0]).not.toContain('as the run says');
  });

  it('merges the reports of a matrix into one comment, a section for each model and target', async () => {
    const world = makeWorld(github);
    const faces = passes(world).models.map((model) => ({ ...model, name: 'faces' }));
    leave(github, world, reportOn(world, [passing, failing]), 'quantgate-report-signs');
    leave(github, world, { ...passes(world), models: faces }, 'quantgate-report-faces');
    await run(world);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8', 'faces/tensorrt', 'signs/tensorrt']]);
    expect(bodies(world)[0]).toContain('## ❌ Quantization loses too much on 1 of 3 targets');
  });

  it('reads the artifact of the latest attempt', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    leave(github, world, passes(world));
    world.run.attempt = 2;
    await run(world);
    expect(conclusions(world)).toEqual(['success']);
  });

  it('edits the comment of an earlier run, and keeps it up to date when all is well', async () => {
    const world = makeWorld(github);
    addSticky(github, world, 5);
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)).toHaveLength(1);
    expect(bodies(world)[0]).toContain('## ✅ ');
  });

  it('replaces what an earlier attempt said', async () => {
    const world = makeWorld(github);
    await run(world);
    expect(sections(world)).toEqual([['the run']]);
    leave(github, world, reportOn(world));
    world.run.attempt = 2;
    await run(world);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8']]);
  });

  it('does not speak where the policy of the base says so', async () => {
    const world = makeWorld(github, { config: `comment: never\n${baseConfig}` });
    leave(github, world, reportOn(world));
    await run(world);
    expect(bodies(world)).toEqual([]);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('says nothing of a pass at first', async () => {
    const world = makeWorld(github);
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)).toEqual([]);
  });

  it('does not let an older run write over a newer one', async () => {
    const world = makeWorld(github);
    const later = laterRun(world);
    const { body } = addSticky(github, world, later, 'newer');
    leave(github, world, reportOn(world));
    const { log } = await run(world);
    expect(bodies(world)).toEqual([body]);
    expect(log).toContain(
      `warning: the comment on pull request 1 shows run ${later}, which is later: it stays`,
    );
  });

  it.each([
    ['of no run', () => 999_999_999_999_999],
    ['of a run of another head', (world: World) => laterRun(world, world.repo.refs.get('heads/main'))],
  ])('is not stopped by an echo of our mark, %s', async (_, id) => {
    const world = makeWorld(github);
    addSticky(github, world, id(world), 'echo');
    leave(github, world, reportOn(world));
    await run(world);
    const [echo, own] = bodies(world);
    expect(echo).toContain('echo');
    expect(own).toContain('## ❌ ');
    await run(world);
    expect(bodies(world)).toEqual([echo, own]);
  });

  it('writes nothing when the pull request has moved on', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    pushToPull(github.state, world.pull, { 'signs.onnx': 'better' });
    const { log } = await run(world);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
    expect(log.join()).toMatch(/notice: no open pull request has .* as its head now/);
  });

  it('writes nothing when the fork is gone', async () => {
    const world = makeWorld(github);
    const event = endOf(github, world);
    const payload = { ...event.payload, workflow_run: { ...runOf(event.payload), head_repository: null } };
    const { log } = await runMode(github, report, world, { ...event, payload });
    expect(log.join()).toMatch(/no open pull request/);
  });

  it.each([
    ['cancelled', '## ❌ Nothing could be judged', 'the gate ended (cancelled) without a report'],
    ['failure', '## ❌ Nothing could be judged', 'the gate ended (failure) without a report'],
    ['success', '## ❌ Nothing could be judged', 'the gate ended (success) without a report'],
  ])('says that a run without a report ended %s', async (conclusion, heading, text) => {
    const world = makeWorld(github);
    world.run.conclusion = conclusion;
    await run(world);
    expect(bodies(world)[0]).toContain(heading);
    expect(bodies(world)[0]).toContain(text);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it.each([['push'], ['schedule']])('leaves runs of event %s alone', async (event) => {
    const world = makeWorld(github);
    const other = { ...world, run: addRun(github.state, world.repo, { event, sha: world.pull.headSha }) };
    leave(github, other, reportOn(world));
    await run(other);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
  });

  it('says which permissions are missing, and still publishes what it may', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    const { log } = await run(world, { actions: 'read', checks: 'write', pull_requests: 'read' });
    expect(log.join('\n')).toContain('permissions: { contents: read, pull-requests: write }');
    expect(conclusions(world)).toEqual(['failure']);
    const other = makeWorld(github);
    leave(github, other, reportOn(other));
    const second = await run(other, { actions: 'read', pull_requests: 'write' });
    expect(second.log.join('\n')).toContain('permissions: { contents: read, checks: write }');
    expect(bodies(other)).toHaveLength(1);
  });

  it('doubts the report of a pull request that changes workflows', async () => {
    const files = { [KEY]: 'name: quantgate' };
    const world = makeWorld(github, { files });
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)[0]).toContain('## ⚠️ A maintainer has to look at this first');
    expect(bodies(world)[0]).toContain(`the pull request changes ${KEY}`);
    expect(conclusions(world)).toEqual(['action_required']);
  });
});

function runOf(payload: object): object {
  return (payload as { workflow_run: object }).workflow_run;
}

describe('report, beside another', () => {
  it('two reports on one run end with one comment, whoever comes first', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    github.barrier('issues/list-comments', 2);
    const [first, second] = await Promise.all([run(world), run(world)]);
    expect([first.error, second.error]).toEqual([undefined, undefined]);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8']]);
  });

  it('two runs at once end with the comment of the later one', async () => {
    const world = makeWorld(github);
    const again = addRun(github.state, world.repo, {
      event: 'pull_request',
      sha: world.pull.headSha,
      branch: world.pull.headBranch,
      from: github.state.repos.get(world.pull.headRepo!)!,
      actor: 'eve',
    });
    const later = { ...world, run: again };
    leave(github, world, reportOn(world));
    leave(github, later, reportOn(world, [{ ...failing, target: 'later' }]));
    github.barrier('issues/list-comments', 2);
    await Promise.all([run(world), run(later)]);
    expect(sections(world)).toEqual([['signs/later']]);
  });
});
