import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../../src/action/command.ts';
import { readAcceptances } from '../../../src/github/acceptance-store.ts';
import { createClient } from '../../../src/github/client.ts';
import { readComment, writeComment } from '../../../src/github/comment-body.ts';
import type { Report } from '../../../src/report/schema.ts';
import { ACTIONS_BOT, addComment, addRun, addToken, pushToPull } from '../../github/build.ts';
import { eventsOf } from '../../github/events.ts';
import { type Github, startGithub } from '../../github/server.ts';
import type { Permissions } from '../../github/state.ts';
import {
  baseConfig,
  leave,
  makeWorld,
  permissions,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import { nasty } from '../report/nasty.ts';
import { attributed, passing } from '../report/sample.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

/** What one says on the pull request, and what becomes of it. */
async function say(
  world: World,
  by: string,
  body: string,
  { action = 'created', granted = permissions }: { action?: string; granted?: Permissions } = {},
) {
  const { repo, pull } = world;
  const comment = addComment(github.state, repo, pull, by, body);
  const payload = eventsOf(github.state, github.urls, repo).issueComment(comment, action);
  const before = repo.comments.length;
  const ran = await runMode(github, command, world, payload, { granted });
  const answers = repo.comments.slice(before).map((each) => readComment(each.body)!.sections[0]!.text);
  return { ...ran, answers, reactions: comment.reactions.map(({ content }) => content) };
}

const judged = (given: Parameters<typeof makeWorld>[1] = {}) => {
  const world = makeWorld(github, given);
  leave(github, world, reportOn(world, [attributed]));
  return world;
};
const reader = () =>
  createClient({ token: addToken(github.state, ACTIONS_BOT, permissions), apiUrl: github.urls.api });
const acceptances = ({ repo, pull }: World) =>
  readAcceptances(reader(), { owner: repo.owner, repo: repo.name }, pull.headSha);

describe('command', () => {
  it.each([
    ['help', '| Command |'],
    ['dance', 'That is no command.'],
    ['accept abc because', 'That is no command.'],
  ])('answers /quantgate %s with the commands', async (word, expected) => {
    const { answers, reactions, outcome } = await say(makeWorld(github), 'mallory', `/quantgate ${word}`);
    expect(answers).toEqual([expect.stringContaining(expected)]);
    expect(answers[0]).toContain('/quantgate explain');
    expect(reactions).toEqual(['eyes', word === 'help' ? '+1' : '-1']);
    expect(outcome?.failure).toBeUndefined();
  });

  it.each([
    ['text', 'ada', 'What does /quantgate help do?', 'created'],
    ['a longer word', 'ada', '/quantgated', 'created'],
    ['an edited comment', 'ada', '/quantgate rerun', 'edited'],
    ['a bot', 'helper[bot]', '/quantgate rerun', 'created'],
    ['its own comment', ACTIONS_BOT, '/quantgate rerun', 'created'],
  ])('leaves %s alone', async (_, by, body, action) => {
    const before = github.log.length;
    const { answers, reactions } = await say(judged(), by, body, { action });
    expect([answers, reactions]).toEqual([[], []]);
    expect(github.log.slice(before)).toEqual([]);
  });

  it('leaves issues alone', async () => {
    const world = judged();
    const comment = addComment(github.state, world.repo, world.pull, 'ada', '/quantgate rerun');
    const event = eventsOf(github.state, github.urls, world.repo).issueComment(comment);
    const { issue, ...rest } = event.payload as { issue: object };
    const payload = { ...rest, issue: { ...issue, pull_request: undefined } };
    await runMode(github, command, world, { ...event, payload });
    expect(comment.reactions).toEqual([]);
  });

  it('obeys without reactions where it may not react, and says which permission is missing', async () => {
    const world = judged();
    const granted = { actions: 'write', contents: 'read' } as const;
    const { log, outcome } = await say(world, 'ada', '/quantgate rerun', { granted });
    expect(world.run.status).toBe('queued');
    expect(outcome?.failure).toBeUndefined();
    expect(log.join('\n')).toContain('permissions: { contents: read, pull-requests: write }');
  });

  it.each(['rerun', 'apply', `accept ${'a'.repeat(40)} fine`])(
    'does nothing on a closed pull request: %s',
    async (words) => {
      const world = judged();
      world.pull.state = 'closed';
      expect((await say(world, 'ada', `/quantgate ${words}`)).answers).toEqual([
        'The pull request is closed.',
      ]);
    },
  );
});

describe('/quantgate rerun', () => {
  it('starts the failed jobs of the run with the newest report again, and says no more', async () => {
    const world = judged();
    const other = addRun(github.state, world.repo, {
      event: 'pull_request',
      sha: world.pull.headSha,
      branch: world.pull.headBranch,
      from: github.state.repos.get(world.pull.headRepo!)!,
      path: '.github/workflows/tests.yml',
      conclusion: 'failure',
    });
    const { answers, reactions } = await say(world, 'ada', '/quantgate rerun');
    expect([answers, reactions]).toEqual([[], ['eyes', '+1']]);
    expect([world.run.attempt, other.attempt]).toEqual([2, 1]);
    expect(github.calls('actions/re-run-workflow-failed-jobs').at(-1)!.url).toContain(
      `/runs/${world.run.id}/`,
    );
  });

  it('starts all jobs of a run that passed', async () => {
    const world = judged();
    world.run.conclusion = 'success';
    await say(world, 'mia', '/quantgate rerun');
    expect(github.calls('actions/re-run-workflow').at(-1)!.url).toContain(`/runs/${world.run.id}/`);
  });

  it('knows a run that left no report by the comment about it', async () => {
    const world = makeWorld(github);
    expect((await say(world, 'ada', '/quantgate rerun')).answers[0]).toMatch(
      /No run of the gate on .* is known/,
    );
    const section = { key: 'the run', attempt: 1, verdict: 'error', text: 'no report' } as const;
    const key = '.github/workflows/quantgate.yml';
    const body = writeComment({ key, head: world.pull.headSha, run: world.run.id, sections: [section] });
    addComment(github.state, world.repo, world.pull, 'mallory', body);
    expect((await say(world, 'ada', '/quantgate rerun')).reactions).toEqual(['eyes', '-1']);
    addComment(github.state, world.repo, world.pull, ACTIONS_BOT, body);
    expect((await say(world, 'ada', '/quantgate rerun')).reactions).toEqual(['eyes', '+1']);
  });

  it('is not for everybody, whatever their association', async () => {
    const world = judged();
    for (const by of ['eve', 'mallory']) {
      const { answers, reactions } = await say(world, by, '/quantgate rerun');
      expect(answers).toEqual(['Only people who may push to the repository can start the gate again.']);
      expect(reactions).toEqual(['eyes', '-1']);
    }
    expect(world.run.attempt).toBe(1);
  });

  it('waits for a run that has not ended', async () => {
    const world = judged();
    Object.assign(world.run, { status: 'in_progress', conclusion: null });
    expect((await say(world, 'ada', '/quantgate rerun')).answers[0]).toMatch(/has not ended yet/);
  });

  it('ends with the permission that is missing', async () => {
    const granted = { ...permissions, actions: 'read' } as const;
    const { answers, reactions, outcome } = await say(judged(), 'ada', '/quantgate rerun', { granted });
    expect(outcome?.failure).toMatch(/permissions: \{ contents: read, actions: write \}/);
    expect(answers[0]).toMatch(/^That failed: cannot start run/);
    expect(reactions).toEqual(['eyes', 'confused']);
  });
});

describe('/quantgate explain', () => {
  it('tells anybody what the newest report says of a layer', async () => {
    const { answers, reactions } = await say(judged(), 'mallory', '/quantgate explain dw13/conv');
    expect(answers[0]).toContain('#### signs on snpe: <code>dw13/conv</code> (Conv)');
    expect(answers[0]).toContain('- rank 1 of 3 by what it costs');
    expect(answers[0]).toContain('- alone makes 61 % of the output noise');
    expect(answers[0]).toContain('Use per-channel weights');
    expect(reactions).toEqual(['eyes', '+1']);
  });

  it('finds a layer by its tensor, and one that stays in floating point', async () => {
    const world = judged();
    expect((await say(world, 'ada', '/quantgate explain r12')).answers[0]).toContain(
      '<code>dw13/conv</code>',
    );
    expect((await say(world, 'ada', '/quantgate explain /lstm/LSTM')).answers[0]).toMatch(
      /stays in floating point\n\n- recurrent operators/,
    );
  });

  it('names layers that there are where there is no such', async () => {
    const { answers, reactions } = await say(judged(), 'ada', '/quantgate explain <b>@octocat</b>');
    expect(answers[0]).toBe(
      'No layer of the report is named <code>&#60;b&#62;&#64;\u200boctocat&#60;/b&#62;</code>. ' +
        'Those that cost the most: <code>dw13/conv</code>, <code>/conv1/Conv</code>, <code>fc</code>.',
    );
    expect(reactions).toEqual(['eyes', '-1']);
  });

  it('shows all text as text', async () => {
    const world = makeWorld(github);
    const layers = nasty.map((name) => ({ ...attributed.layers[1]!, name, op: name.slice(0, 128) }));
    leave(github, world, reportOn(world, [{ ...attributed, layers }]));
    for (const name of nasty.filter((each) => !/[\r\n]/.test(each) && each === each.trim())) {
      const [answer] = (await say(world, 'ada', `/quantgate explain ${name}`)).answers;
      expect(answer).toContain('#### signs on snpe: <code>');
      expect(answer).not.toMatch(/<script|<img|<!--|@octocat|@org|\[(pixel|click)\]|:\/\/evil/i);
    }
  });

  it('says that nothing was judged yet', async () => {
    const { answers } = await say(makeWorld(github), 'ada', '/quantgate explain conv1');
    expect(answers[0]).toMatch(/^No finished run of the gate has a report on/);
  });

  it('believes no report about another commit', async () => {
    const world = makeWorld(github);
    leave(github, world, { ...reportOn(world, [attributed]), head: 'f'.repeat(40) });
    const { answers } = await say(world, 'ada', '/quantgate explain dw13/conv');
    expect(answers[0]).toMatch(/^Nothing was measured on/);
    expect(answers[0]).toContain('it is about ffff');
  });
});

describe('/quantgate apply', () => {
  const configOf = ({ repo, pull }: World, of = repo) => {
    const commit = of.commits.get(of.refs.get(`heads/${pull.headBranch}`)!)!;
    return Buffer.from(of.blobs.get(of.trees.get(commit.tree)!.get('quantgate.yml')!)!).toString();
  };

  it('commits the suggested ranges to the branch, and says that GitHub starts nothing by itself', async () => {
    const world = judged({ isFork: false });
    const { answers, reactions } = await say(world, 'ada', '/quantgate apply');
    expect(configOf(world)).toBe(
      `${baseConfig}    ranges:\n      "input": { alpha: 0, beta: 1.02 }\n      "r3": { alpha: -0.5, beta: 4.25 }\n`,
    );
    const tip = world.repo.refs.get(`heads/${world.pull.headBranch}`)!;
    expect(world.repo.commits.get(tip)!.message).toMatch(
      /^Set the ranges that quantgate suggests\n\nAsked for by ada on pull request 1\.$/,
    );
    expect(answers[0]).toMatch(
      new RegExp(
        `^Committed 2 ranges as ${tip}. GitHub starts no workflow for a commit of a job: close and open`,
      ),
    );
    expect(reactions).toEqual(['eyes', '+1']);
  });

  it('shows the change to the owner of a fork', async () => {
    const world = judged();
    const { answers } = await say(world, 'ada', '/quantgate apply');
    expect(answers[0]).toContain('+    ranges:\n+      "input": { alpha: 0, beta: 1.02 }');
    expect(configOf(world, github.state.repos.get(world.pull.headRepo!)!)).toBe(baseConfig);
  });

  it('is not for everybody', async () => {
    const world = judged({ isFork: false });
    const { answers } = await say(world, 'eve', '/quantgate apply');
    expect(answers).toEqual(['Only people who may push to the repository can have ranges committed.']);
    expect(configOf(world)).toBe(baseConfig);
  });

  it('takes the ranges of the targets that fail, and none that these disagree on', async () => {
    const world = makeWorld(github, { isFork: false });
    const { suggestion } = attributed;
    const changes = suggestion!.changes.map((change) => ({ ...change, beta: 2 }));
    const differing = { ...attributed, target: 'other', suggestion: { ...suggestion!, changes } };
    leave(github, world, reportOn(world, [passing, attributed, differing]));
    const { answers } = await say(world, 'ada', '/quantgate apply');
    expect(answers[0]).toBe(
      'The report suggests no ranges that can be written. Targets differ in 2 more, which only a person can choose from.',
    );
  });

  it('writes nothing that makes the configuration invalid, nor of a model that it does not have', async () => {
    const world = makeWorld(github, { isFork: false });
    const { suggestion } = attributed;
    const changes = [{ ...suggestion!.changes[0]!, alpha: 5, beta: 1 }];
    leave(github, world, reportOn(world, [{ ...attributed, suggestion: { ...suggestion!, changes } }]));
    const bad = await say(world, 'ada', '/quantgate apply');
    expect(bad.outcome?.failure).toContain('alpha must be below beta');
    const other = makeWorld(github, { isFork: false });
    const report = reportOn(other, [attributed]);
    leave(github, other, { ...report, models: report.models.map((model) => ({ ...model, name: 'ghost' })) });
    await say(other, 'ada', '/quantgate apply');
    expect([configOf(world), configOf(other)]).toEqual([baseConfig, baseConfig]);
  });

  it('commits nothing twice', async () => {
    const world = judged({ isFork: false });
    await say(world, 'ada', '/quantgate apply');
    const tip = () => world.repo.refs.get(`heads/${world.pull.headBranch}`)!;
    const first = tip();
    const { answers } = await say(world, 'ada', '/quantgate apply');
    expect(tip()).toBe(first);
    expect(answers[0]).toMatch(/has the suggested ranges|has changed since/);
  });
});

describe('/quantgate accept', () => {
  const unread = (world: World, modelSha256: string | null): Report => {
    const error = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['no'] } as const;
    const report = reportOn(world);
    const models = report.models.map((model) => ({ ...model, modelSha256, targets: [error] }));
    return { ...report, verdict: 'error', models };
  };
  const words = ({ pull }: World, reason = 'ships tomorrow') => `/quantgate accept ${pull.headSha} ${reason}`;

  it('stores who accepts what, and starts the failed jobs again', async () => {
    const world = judged();
    const { answers, reactions } = await say(world, 'ada', words(world));
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
    const world = judged();
    const report = reportOn(world, [attributed]);
    const named = (name: string) => ({
      ...report,
      models: report.models.map((model) => ({ ...model, name })),
    });
    leave(github, world, named('faces'), 'quantgate-report-faces');
    await say(world, 'ada', words(world));
    const models = (await acceptances(world)).map(({ binding }) => Object.keys(binding.models));
    expect(models.sort()).toEqual([['faces'], ['signs']]);
  });

  it.each([
    ['eve', 'only people who may push'],
    ['mallory', 'only people who may push'],
  ])('refuses %s', async (by, why) => {
    const world = judged();
    const { answers, reactions } = await say(world, by, words(world));
    expect(answers[0]).toContain(why);
    expect(reactions).toEqual(['eyes', '-1']);
    expect(await acceptances(world)).toEqual([]);
  });

  it('refuses the author, unless the configuration of the base lets them', async () => {
    const world = judged();
    world.repo.roles.set('eve', 'write');
    expect((await say(world, 'eve', words(world))).answers[0]).toContain(
      'the author of a pull request cannot',
    );
    const trusted = judged({ config: `${baseConfig}acceptance: { author-may-accept: true }\n` });
    trusted.repo.roles.set('eve', 'write');
    expect((await say(trusted, 'eve', words(trusted))).reactions).toEqual(['eyes', '+1']);
    const proposed = judged({
      isFork: false,
      files: { 'quantgate.yml': `${baseConfig}acceptance: { author-may-accept: true }\n` },
    });
    proposed.repo.roles.set('eve', 'write');
    expect((await say(proposed, 'eve', words(proposed))).reactions).toEqual(['eyes', '-1']);
  });

  it('refuses what is not the head any more, and what was never judged', async () => {
    const world = judged();
    const old = words(world);
    pushToPull(github.state, world.repo, world.pull, { 'signs.onnx': 'even worse' });
    expect((await say(world, 'ada', old)).answers[0]).toContain('look at its report and accept that');
    expect((await say(world, 'ada', words(world))).answers[0]).toMatch(/^No finished run of the gate/);
    expect(world.repo.checkRuns).toEqual([]);
  });

  it('refuses what passes, what is accepted, and a model that nobody could read', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world, [passing]));
    expect((await say(world, 'ada', words(world))).answers[0]).toMatch(/^There is nothing to accept/);
    leave(github, world, { ...reportOn(world, [attributed]), accepted: { by: 'mia', reason: 'known' } });
    expect((await say(world, 'ada', words(world))).answers[0]).toBe('That is accepted already.');
    leave(github, world, unread(world, null));
    expect((await say(world, 'ada', words(world))).answers[0]).toMatch(/a model could not be read/);
  });

  it('takes targets that could not be judged, of a model that is known', async () => {
    const world = makeWorld(github);
    leave(github, world, unread(world, 'ab'.repeat(32)));
    expect((await say(world, 'ada', words(world))).reactions).toEqual(['eyes', '+1']);
  });

  it('refuses reports that are not whole', async () => {
    const world = judged();
    leave(github, world, [{ name: 'report.json', content: '{}' }], 'quantgate-report-other');
    expect((await say(world, 'ada', words(world))).answers[0]).toContain('the reports are not whole');
  });

  it('shows the reason as text', async () => {
    const world = judged();
    const { answers } = await say(world, 'ada', words(world, '<img src=x> @octocat fixes #12'));
    expect(answers[0]).not.toMatch(/<img|@octocat|#12/);
  });
});
