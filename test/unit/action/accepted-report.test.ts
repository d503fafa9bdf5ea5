import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptanceOf } from '../../../src/action/accepted-report.ts';
import { bindingOf } from '../../../src/action/report-identity.ts';
import { storeAcceptance } from '../../../src/github/acceptance-store.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { ACTIONS_BOT, addToken } from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { endOf, makeWorld, permissions, reportOn, runMode, type World } from '../../support/action-world.ts';
import { sha, testApi } from '../../support/http-mocks.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

/** Stores that somebody accepts a report. */
async function accept({ repo }: World, report: Report, by: string, reason: string): Promise<void> {
  const api = testApi(github.urls.api, addToken(github.state, ACTIONS_BOT, permissions));
  const acceptance = { binding: bindingOf(report)!, by, reason, date: '2026-01-01T00:00:00Z' };
  await storeAcceptance(
    api,
    { owner: repo.owner, repo: repo.name },
    { quantgateAcceptance: 1, ...acceptance },
  );
}

async function ask(world: World, report: Report, hasToken = true, queued?: number) {
  let accepted: Report['accepted'];
  const { error, log } = await runMode(
    github,
    async ({ api, ...step }) => {
      accepted = await acceptanceOf(report, { ...step, api: hasToken ? api : undefined }, queued);
      return { outputs: {}, summary: '', failure: undefined };
    },
    world,
    endOf(github, world),
  );
  expect(error).toBeUndefined();
  return { accepted, log };
}

describe('an acceptance', () => {
  it('holds for the report that somebody accepted, and says who and why alone', async () => {
    const world = makeWorld(github);
    await accept(world, reportOn(world), 'mia', 'ships tomorrow');
    expect(await ask(world, reportOn(world))).toEqual({
      accepted: { by: 'mia', reason: 'ships tomorrow' },
      log: [],
    });
  });

  it('does not hold for what was judged otherwise since, and the log says why', async () => {
    const world = makeWorld(github);
    const report = reportOn(world);
    await accept(world, { ...report, configSha256: '34'.repeat(32) }, 'mia', 'ships tomorrow');
    expect(await ask(world, report)).toEqual({
      accepted: undefined,
      log: ['info: the acceptance of mia does not hold: the configuration has changed since'],
    });
  });

  it('that does not hold leaves an earlier one that does', async () => {
    const world = makeWorld(github);
    const report = reportOn(world);
    await accept(world, report, 'ada', 'fixed next week');
    await accept(world, { ...report, configSha256: '34'.repeat(32) }, 'mia', 'ships tomorrow');
    const { accepted, log } = await ask(world, report);
    expect(accepted).toEqual({ by: 'ada', reason: 'fixed next week' });
    expect(log).toHaveLength(1);
  });

  it('holds for the merge of what was accepted, and for no other merge', async () => {
    const world = makeWorld(github);
    const report = reportOn(world);
    await accept(world, report, 'mia', 'ships tomorrow');
    const merged = { ...report, head: sha('c') };
    const { number } = world.pull;
    expect((await ask(world, merged, true, number)).accepted).toEqual({
      by: 'mia',
      reason: 'ships tomorrow',
    });
    expect((await ask(world, merged)).accepted).toBeUndefined();
    const [model] = merged.models;
    const other = { ...merged, models: [{ ...model, modelSha256: 'ef'.repeat(32) }] };
    expect(await ask(world, other, true, number)).toEqual({
      accepted: undefined,
      log: ['info: the acceptance of mia does not hold: model signs has changed since'],
    });
    expect((await ask(world, merged, true, 99)).log).toEqual([
      expect.stringContaining('read pull request 99'),
    ]);
  });

  it.each([
    ['pull request', { pullRequest: 2 }],
    ['branch', { branch: 'release' }],
  ])('does not hold where the same commit is proposed to another %s', async (_, other) => {
    const world = makeWorld(github);
    const report = reportOn(world);
    await accept(world, report, 'mia', 'fine for a demo');
    const elsewhere = { ...report, change: { ...report.change!, ...other } };
    expect(await ask(world, elsewhere)).toEqual({
      accepted: undefined,
      log: ['info: the acceptance of mia does not hold: it is of pull request 1 into "main"'],
    });
  });

  it('is not looked for without a token', async () => {
    const world = makeWorld(github);
    await accept(world, reportOn(world), 'mia', 'ships tomorrow');
    expect(await ask(world, reportOn(world), false)).toEqual({ accepted: undefined, log: [] });
  });

  it('is not looked for where nobody could have given one', async () => {
    const world = makeWorld(github);
    expect(await ask(world, { ...reportOn(world), head: null })).toEqual({ accepted: undefined, log: [] });
    expect(github.calls('checks/list-for-ref').filter(({ url }) => url.includes(world.repo.name))).toEqual(
      [],
    );
  });

  it('is none where GitHub does not tell, and the log says so', async () => {
    const world = makeWorld(github);
    await accept(world, reportOn(world), 'mia', 'ships tomorrow');
    github.fault('checks/list-for-ref', faults.forbidden);
    const { accepted, log } = await ask(world, reportOn(world));
    expect(accepted).toBeUndefined();
    expect(log).toEqual([expect.stringMatching(/^info: cannot read the acceptances of /)]);
  });

  it('is not given up for a mistake of ours', async () => {
    const world = makeWorld(github);
    const paginate = { iterator: () => undefined as never };
    const mistaken = runMode(
      github,
      async (step) => {
        await acceptanceOf(reportOn(world), { ...step, api: { ...step.api!, paginate } });
        return { outputs: {}, summary: '', failure: undefined };
      },
      world,
      endOf(github, world),
    );
    expect((await mistaken).error).toBeInstanceOf(TypeError);
  });
});
