import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAcceptances } from '../../../src/github/acceptance-store.ts';
import { createClient } from '../../../src/github/client.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { ACTIONS_BOT, addToken, pushToPull } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import {
  baseConfig,
  leave,
  makeWorld,
  permissions,
  reportOn,
  type World,
} from '../../support/action-world.ts';
import { judged, say } from '../../support/commenting.ts';
import { attributed, passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const reader = () =>
  createClient({ token: addToken(github.state, ACTIONS_BOT, permissions), apiUrl: github.urls.api });
const acceptances = ({ repo, pull }: World) =>
  readAcceptances(reader(), { owner: repo.owner, repo: repo.name }, pull.headSha);

describe('/quantgate accept', () => {
  const unread = (world: World, modelSha256: string | null): Report => {
    const error = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['no'] } as const;
    const report = reportOn(world);
    const models = report.models.map((model) => ({ ...model, modelSha256, targets: [error] }));
    return { ...report, verdict: 'error', models };
  };
  const words = ({ pull }: World, reason = 'ships tomorrow') => `/quantgate accept ${pull.headSha} ${reason}`;

  it('stores who accepts what, and starts the failed jobs again', async () => {
    const world = judged(github);
    const { answers, reactions } = await say(github, world, 'ada', words(world));
    expect(await acceptances(world)).toMatchObject([
      {
        binding: { head: world.pull.headSha, models: { signs: 'ab'.repeat(32) } },
        by: 'ada',
        reason: 'ships tomorrow',
      },
    ]);
    expect(world.run.attempt).toBe(2);
    expect(answers[0]).toContain(`Accepted ${world.pull.headSha} and nothing else: ships tomorrow`);
    expect(reactions).toEqual(['eyes', '+1']);
  });

  it('stores one for each report of a matrix that is above its budget', async () => {
    const world = judged(github);
    const report = reportOn(world, [attributed]);
    const named = (name: string) => ({
      ...report,
      models: report.models.map((model) => ({ ...model, name })),
    });
    leave(github, world, named('faces'), 'quantgate-report-faces');
    await say(github, world, 'ada', words(world));
    const models = (await acceptances(world)).map(({ binding }) => Object.keys(binding.models));
    expect(models.sort()).toEqual([['faces'], ['signs']]);
  });

  it.each([
    ['eve', 'only people who may push'],
    ['mallory', 'only people who may push'],
  ])('refuses %s', async (by, why) => {
    const world = judged(github);
    const { answers, reactions } = await say(github, world, by, words(world));
    expect(answers[0]).toContain(why);
    expect(reactions).toEqual(['eyes', '-1']);
    expect(await acceptances(world)).toEqual([]);
  });

  it('refuses the author, unless the configuration of the base lets them', async () => {
    const world = judged(github);
    world.repo.roles.set('eve', 'write');
    expect((await say(github, world, 'eve', words(world))).answers[0]).toContain(
      'the author of a pull request cannot',
    );
    const trusted = judged(github, { config: `${baseConfig}acceptance: { author-may-accept: true }\n` });
    trusted.repo.roles.set('eve', 'write');
    expect((await say(github, trusted, 'eve', words(trusted))).reactions).toEqual(['eyes', '+1']);
    const proposed = judged(github, {
      isFork: false,
      files: { 'quantgate.yml': `${baseConfig}acceptance: { author-may-accept: true }\n` },
    });
    proposed.repo.roles.set('eve', 'write');
    expect((await say(github, proposed, 'eve', words(proposed))).reactions).toEqual(['eyes', '-1']);
  });

  it('refuses what is not the head any more, and what was never judged', async () => {
    const world = judged(github);
    const old = words(world);
    pushToPull(github.state, world.pull, { 'signs.onnx': 'even worse' });
    expect((await say(github, world, 'ada', old)).answers[0]).toContain('look at its report and accept that');
    expect((await say(github, world, 'ada', words(world))).answers[0]).toMatch(
      /^No finished run of the gate/,
    );
    expect(world.repo.checkRuns).toEqual([]);
  });

  it('refuses what passes, what is accepted, and a model that nobody could read', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world, [passing]));
    expect((await say(github, world, 'ada', words(world))).answers[0]).toMatch(/^There is nothing to accept/);
    leave(github, world, { ...reportOn(world, [attributed]), accepted: { by: 'mia', reason: 'known' } });
    expect((await say(github, world, 'ada', words(world))).answers[0]).toBe('That is accepted already.');
    leave(github, world, unread(world, null));
    expect((await say(github, world, 'ada', words(world))).answers[0]).toMatch(/a model could not be read/);
  });

  it('takes targets that could not be judged, of a model that is known', async () => {
    const world = makeWorld(github);
    leave(github, world, unread(world, 'ab'.repeat(32)));
    expect((await say(github, world, 'ada', words(world))).reactions).toEqual(['eyes', '+1']);
  });

  it('refuses reports that are not whole', async () => {
    const world = judged(github);
    leave(github, world, [{ name: 'report.json', content: '{}' }], 'quantgate-report-other');
    expect((await say(github, world, 'ada', words(world))).answers[0]).toContain('the reports are not whole');
  });

  it('shows the reason as text', async () => {
    const world = judged(github);
    const { answers } = await say(github, world, 'ada', words(world, '<img src=x> @octocat fixes #12'));
    expect(answers[0]).not.toMatch(/<img|@octocat|#12/);
  });
});
