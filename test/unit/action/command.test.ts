import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../../src/action/modes/obey.ts';
import { writeComment } from '../../../src/github/comment-body.ts';
import { ACTIONS_BOT, addComment, addRun } from '../../fake-github/build.ts';
import { eventsOf } from '../../fake-github/events.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { leave, makeWorld, permissions, reportOn, runMode } from '../../support/action-world.ts';
import { judged, say } from '../../support/commenting.ts';
import { nasty } from '../../support/nasty-report.ts';
import { attributed } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

describe('command', () => {
  it.each([
    ['help', '| Command |'],
    ['dance', 'That is no command.'],
    ['accept abc because', 'That is no command.'],
  ])('answers /quantgate %s with the commands', async (word, expected) => {
    const { answers, reactions, outcome } = await say(
      github,
      makeWorld(github),
      'mallory',
      `/quantgate ${word}`,
    );
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
    const { answers, reactions } = await say(github, judged(github), by, body, { action });
    expect([answers, reactions]).toEqual([[], []]);
    expect(github.log.slice(before)).toEqual([]);
  });

  it('leaves issues alone', async () => {
    const world = judged(github);
    const comment = addComment(github.state, world.repo, world.pull, 'ada', '/quantgate rerun');
    const event = eventsOf(github.state, github.urls, world.repo).issueComment(comment);
    const { issue, ...rest } = event.payload as { issue: object };
    const payload = { ...rest, issue: { ...issue, pull_request: undefined } };
    await runMode(github, command, world, { ...event, payload });
    expect(comment.reactions).toEqual([]);
  });

  it('obeys without reactions where it may not react, and says which permission is missing', async () => {
    const world = judged(github);
    const granted = { actions: 'write', contents: 'read' } as const;
    const { log, outcome } = await say(github, world, 'ada', '/quantgate rerun', { granted });
    expect(world.run.status).toBe('queued');
    expect(outcome?.failure).toBeUndefined();
    expect(log.join('\n')).toContain('permissions: { contents: read, pull-requests: write }');
  });

  it.each(['rerun', 'apply', `accept ${'a'.repeat(40)} fine`])(
    'does nothing on a closed pull request: %s',
    async (words) => {
      const world = judged(github);
      world.pull.state = 'closed';
      expect((await say(github, world, 'ada', `/quantgate ${words}`)).answers).toEqual([
        'The pull request is closed.',
      ]);
    },
  );
});

describe('/quantgate rerun', () => {
  it('starts the failed jobs of the run with the newest report again, and says no more', async () => {
    const world = judged(github);
    const other = addRun(github.state, world.repo, {
      event: 'pull_request',
      sha: world.pull.headSha,
      branch: world.pull.headBranch,
      from: github.state.repos.get(world.pull.headRepo!)!,
      path: '.github/workflows/tests.yml',
      conclusion: 'failure',
    });
    const { answers, reactions } = await say(github, world, 'ada', '/quantgate rerun');
    expect([answers, reactions]).toEqual([[], ['eyes', '+1']]);
    expect([world.run.attempt, other.attempt]).toEqual([2, 1]);
    expect(github.calls('actions/re-run-workflow-failed-jobs').at(-1)!.url).toContain(
      `/runs/${world.run.id}/`,
    );
  });

  it('starts all jobs of a run that passed', async () => {
    const world = judged(github);
    world.run.conclusion = 'success';
    await say(github, world, 'mia', '/quantgate rerun');
    expect(github.calls('actions/re-run-workflow').at(-1)!.url).toContain(`/runs/${world.run.id}/`);
  });

  it('knows a run that left no report by the comment about it', async () => {
    const world = makeWorld(github);
    expect((await say(github, world, 'ada', '/quantgate rerun')).answers[0]).toMatch(
      /No run of the gate on .* is known/,
    );
    const section = { key: 'the run', attempt: 1, verdict: 'error', text: 'no report' } as const;
    const key = '.github/workflows/quantgate.yml';
    const body = writeComment({ key, head: world.pull.headSha, run: world.run.id, sections: [section] });
    addComment(github.state, world.repo, world.pull, 'mallory', body);
    expect((await say(github, world, 'ada', '/quantgate rerun')).reactions).toEqual(['eyes', '-1']);
    addComment(github.state, world.repo, world.pull, ACTIONS_BOT, body);
    expect((await say(github, world, 'ada', '/quantgate rerun')).reactions).toEqual(['eyes', '+1']);
  });

  it('is not for everybody, whatever their association', async () => {
    const world = judged(github);
    for (const by of ['eve', 'mallory']) {
      const { answers, reactions } = await say(github, world, by, '/quantgate rerun');
      expect(answers).toEqual(['Only people who may push to the repository can start the gate again.']);
      expect(reactions).toEqual(['eyes', '-1']);
    }
    expect(world.run.attempt).toBe(1);
  });

  it('waits for a run that has not ended', async () => {
    const world = judged(github);
    Object.assign(world.run, { status: 'in_progress', conclusion: null });
    expect((await say(github, world, 'ada', '/quantgate rerun')).answers[0]).toMatch(/has not ended yet/);
  });

  it('ends with the permission that is missing', async () => {
    const granted = { ...permissions, actions: 'read' } as const;
    const { answers, reactions, outcome } = await say(github, judged(github), 'ada', '/quantgate rerun', {
      granted,
    });
    expect(outcome?.failure).toMatch(/permissions: \{ contents: read, actions: write \}/);
    expect(answers[0]).toMatch(/^That failed: cannot start run/);
    expect(reactions).toEqual(['eyes', 'confused']);
  });
});

describe('/quantgate explain', () => {
  it('tells anybody what the newest report says of a layer', async () => {
    const { answers, reactions } = await say(
      github,
      judged(github),
      'mallory',
      '/quantgate explain dw13/conv',
    );
    expect(answers[0]).toContain('#### signs on snpe: <code>dw13/conv</code> (Conv)');
    expect(answers[0]).toContain('- rank 1 of 3 by what it costs');
    expect(answers[0]).toContain('- alone makes 61 % of the output noise');
    expect(answers[0]).toContain('Use per-channel weights');
    expect(reactions).toEqual(['eyes', '+1']);
  });

  it('finds a layer by its tensor, and one that stays in floating point', async () => {
    const world = judged(github);
    expect((await say(github, world, 'ada', '/quantgate explain r12')).answers[0]).toContain(
      '<code>dw13/conv</code>',
    );
    expect((await say(github, world, 'ada', '/quantgate explain /lstm/LSTM')).answers[0]).toMatch(
      /stays in floating point\n\n- recurrent operators/,
    );
  });

  it('names layers that there are where there is no such', async () => {
    const { answers, reactions } = await say(
      github,
      judged(github),
      'ada',
      '/quantgate explain <b>@octocat</b>',
    );
    expect(answers[0]).toBe(
      'No layer of the report is named <code>&#60;b&#62;&#64;&#8203;octocat&#60;/b&#62;</code>. ' +
        'Those that cost the most: <code>dw13/conv</code>, <code>/conv1/Conv</code>, <code>fc</code>.',
    );
    expect(reactions).toEqual(['eyes', '-1']);
  });

  it('shows all text as text', async () => {
    const world = makeWorld(github);
    const layers = nasty.map((name) => ({ ...attributed.layers[1], name, op: name.slice(0, 128) }));
    leave(github, world, reportOn(world, [{ ...attributed, layers }]));
    for (const name of nasty.filter((each) => !/[\r\n]/.test(each) && each === each.trim())) {
      const [answer] = (await say(github, world, 'ada', `/quantgate explain ${name}`)).answers;
      expect(answer).toContain('#### signs on snpe: <code>');
      expect(answer).not.toMatch(/<script|<img|<!--|@octocat|@org|\[(pixel|click)\]|:\/\/evil/i);
    }
  });

  it('says that nothing was judged yet', async () => {
    const { answers } = await say(github, makeWorld(github), 'ada', '/quantgate explain conv1');
    expect(answers[0]).toMatch(/^No finished run of the gate has a report on/);
  });

  it('believes no report about another commit', async () => {
    const world = makeWorld(github);
    leave(github, world, { ...reportOn(world, [attributed]), head: 'f'.repeat(40) });
    const { answers } = await say(github, world, 'ada', '/quantgate explain dw13/conv');
    expect(answers[0]).toMatch(/^Nothing was measured on/);
    expect(answers[0]).toContain('it is about ffff');
  });
});
