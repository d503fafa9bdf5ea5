import { describe, expect, it } from 'vitest';
import { readComment } from '../../src/github/comment-body.ts';
import { addComment } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import { faults } from '../fake-github/faults.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import type { Permissions } from '../fake-github/state.ts';
import { leave, makeWorld, permissions, reportOn, type World } from '../support/action-world.ts';
import { attributed } from '../support/sample-reports.ts';
import { type Spoken, speak } from './comment-on.ts';

interface Scenario {
  readonly by?: string;
  readonly words: string | ((world: World) => string);
  readonly isFork?: boolean;
  readonly begin?: (github: Github, world: World) => void;
  readonly granted?: Permissions;
  readonly action?: string;
  readonly code?: number;
  readonly says?: readonly unknown[];
  readonly reactions: readonly string[];
  /** The answer; none if left out. */
  readonly answer?: RegExp;
  readonly check?: (world: World, spoken: Spoken) => void;
}

const tipOf = ({ repo, pull }: World) => repo.commits.get(repo.refs.get(`heads/${pull.headBranch}`)!)!;
const yes = ['eyes', '+1'];
const no = ['eyes', '-1'];

const scenarios: Readonly<Record<string, Scenario>> = {
  'help is for everybody': {
    by: 'mallory',
    words: '/quantgate help',
    reactions: yes,
    answer: /\| Command \|/,
  },
  'what is no command is answered with the commands': {
    words: '/quantgate approve',
    reactions: no,
    answer: /^That is no command\./,
  },
  'rerun starts the failed jobs again, without a word': {
    words: '/quantgate rerun\r\nplease',
    reactions: yes,
    check: ({ run }) => expect([run.attempt, run.status]).toEqual([2, 'queued']),
  },
  'rerun is for those who may push': {
    by: 'eve',
    words: '/quantgate rerun',
    reactions: no,
    answer: /^Only people who may push/,
    check: ({ run }) => expect(run.attempt).toBe(1),
  },
  'explain tells what the report says of a layer': {
    by: 'mallory',
    words: '/quantgate explain dw13/conv',
    reactions: yes,
    answer: /<code>dw13\/conv<\/code> \(Conv\)[\s\S]*rank 1 of 3/,
  },
  'explain names other layers where there is no such, and escapes this one': {
    words: '/quantgate explain <img src=x> @octocat',
    reactions: no,
    answer: /^No layer of the report is named <code>&#60;img src=x&#62; &#64;&#8203;octocat<\/code>/,
  },
  'apply commits what was measured to a branch of the repository': {
    words: '/quantgate apply',
    isFork: false,
    reactions: yes,
    answer: /^Committed 2 ranges of signs on snpe as [0-9a-f]{40}\. GitHub starts no workflow/,
    check: (world) => expect(tipOf(world).message).toMatch(/^Set what quantgate has measured/),
  },
  'apply shows the change to a fork': {
    words: '/quantgate apply',
    reactions: yes,
    answer:
      /owner to commit[\s\S]*```diff[\s\S]*\+ {4}targets: .*ranges: \{ "input": \{ alpha: 0, beta: 1\.02 \}/,
  },
  'accept takes this very commit, and starts the gate again': {
    words: ({ pull }) => `/quantgate accept ${pull.headSha} ships tomorrow`,
    reactions: yes,
    answer: /^Accepted [0-9a-f]{40} and nothing else: ships tomorrow/,
    check({ repo, run }) {
      expect(repo.checkRuns.map(({ name, headSha }) => [name, headSha])).toEqual([
        ['quantgate acceptance', run.headSha],
      ]);
      expect(run.attempt).toBe(2);
    },
  },
  'accept takes no other commit': {
    words: `/quantgate accept ${'a'.repeat(40)} ships tomorrow`,
    reactions: no,
    answer: /^Not accepted: the head of the pull request is/,
    check: ({ repo }) => expect(repo.checkRuns).toEqual([]),
  },
  'accept takes no abbreviated commit': {
    words: ({ pull }) => `/quantgate accept ${pull.headSha.slice(0, 12)} ships tomorrow`,
    reactions: no,
    answer: /^That is no command/,
  },
  'accept is not for the author': {
    by: 'eve',
    begin: (_, { repo }) => repo.roles.set('eve', 'admin'),
    words: ({ pull }) => `/quantgate accept ${pull.headSha} ships tomorrow`,
    reactions: no,
    answer: /^Not accepted: the author of a pull request cannot accept it/,
  },
  'an edited comment is not obeyed': { words: '/quantgate rerun', action: 'edited', reactions: [] },
  'a bot is not obeyed': { by: 'helper[bot]', words: '/quantgate rerun', reactions: [] },
  'other comments are nobody’s business': { words: 'LGTM', reactions: [] },
  'a missing permission is named in the answer and in the log': {
    words: '/quantgate rerun',
    granted: { ...permissions, actions: 'read' },
    code: 1,
    says: [expect.stringMatching(/^error: cannot start run \d+ again: .*actions: write/)],
    reactions: ['eyes', 'confused'],
    answer: /^That failed: cannot start run \d+ again/,
  },
  'an answer that is written but whose receipt is cut is not there twice': {
    words: '/quantgate help',
    begin: (github) => github.fault('issues/create-comment', faults.cutAfterEffect),
    reactions: yes,
    answer: /\| Command \|/,
  },
};

describe('a comment, obeyed by the built Action', () => {
  it.concurrent.each(Object.entries(scenarios))('%s', async (_, scenario) => {
    const github = await startGithub();
    const world = makeWorld(github, { isFork: scenario.isFork });
    leave(github, world, reportOn(world, [attributed]));
    scenario.begin?.(github, world);
    const { repo, pull } = world;
    const words = typeof scenario.words === 'string' ? scenario.words : scenario.words(world);
    const comment = addComment(github.state, repo, pull, scenario.by ?? 'ada', words);
    const event = eventsOf(github.state, github.urls, repo).issueComment(comment, scenario.action);
    const spoken = await speak(github, event, { granted: scenario.granted });
    expect(spoken.code, spoken.log).toBe(scenario.code ?? 0);
    expect(spoken.said).toEqual(scenario.says ?? []);
    expect(comment.reactions.map(({ content }) => content)).toEqual(scenario.reactions);
    const answers = repo.comments
      .filter((each) => each !== comment)
      .map(({ body }) => readComment(body)!.sections[0].text);
    expect(answers).toEqual(scenario.answer === undefined ? [] : [expect.stringMatching(scenario.answer)]);
    scenario.check?.(world, spoken);
    await github.close();
  });
});
