import { describe, expect, it } from 'vitest';
import { command } from '../../../src/action/modes/obey.ts';
import { readComment } from '../../../src/github/comment-body.ts';
import { addComment } from '../../fake-github/build.ts';
import { eventsOf } from '../../fake-github/events.ts';
import { baseConfig, leave, makeWorld, reportOn, runMode, type World } from '../../support/action-world.ts';
import { faultKinds, injectFaults } from '../../support/fault-matrix.ts';
import { attributed } from '../../support/sample-reports.ts';

interface Command {
  readonly words: (world: World) => string;
  readonly calls: number;
  /** What must not be more than once, whatever happens. */
  readonly effects: (world: World) => number;
  /** Whether a fault in answering, after the effect, is said in the answer. */
  readonly answers: boolean;
}

const commitsBy = ({ repo }: World) =>
  [...repo.commits.values()].filter(({ message }) => message.startsWith('Set the ranges')).length;

const commands: Readonly<Record<string, Command>> = {
  help: { words: () => 'help', calls: 7, effects: () => 0, answers: true },
  rerun: { words: () => 'rerun', calls: 8, effects: ({ run }) => run.attempt - 1, answers: false },
  explain: { words: () => 'explain dw13/conv', calls: 16, effects: () => 0, answers: true },
  apply: { words: () => 'apply', calls: 22, effects: commitsBy, answers: true },
  accept: {
    words: ({ pull }) => `accept ${pull.headSha} ships tomorrow`,
    calls: 21,
    // The same acceptance twice is one.
    effects: ({ repo }) => new Set(repo.checkRuns.map(({ output }) => output.summary)).size,
    answers: true,
  },
};

describe.each(Object.entries(commands))('/quantgate %s', (_, { words, calls, effects, answers }) => {
  it(`bears ${calls * faultKinds} faults of GitHub: one line tells them, nothing is done twice`, async () => {
    const count = await injectFaults((github) => {
      const world = makeWorld(github, { isFork: false, config: baseConfig });
      leave(github, world, reportOn(world, [attributed]));
      const { repo, pull } = world;
      const comment = addComment(github.state, repo, pull, 'ada', `/quantgate ${words(world)}`);
      const payload = eventsOf(github.state, github.urls, repo).issueComment(comment);
      return {
        act: () => runMode(github, command, world, payload),
        check({ outcome, error }, where) {
          expect(effects(world), where).toBeLessThanOrEqual(1);
          const said = repo.comments.filter((each) => each !== comment);
          for (const { body } of said) {
            expect(readComment(body)?.sections[0]?.key, where).toBe(`answer ${comment.id}`);
          }
          // Nobody knows of what is done but whose answer is cut each time.
          if (!/effect for ever/.test(where)) expect(said.length, where).toBeLessThanOrEqual(1);
          const failed = error !== undefined || outcome?.failure !== undefined;
          const reactions = comment.reactions.map(({ content }) => content);
          if (!failed && answers) expect(said.length, where).toBe(1);
          if (failed) expect(reactions, where).not.toContain('+1');
        },
      };
    });
    expect(count).toBe(calls * faultKinds);
  }, 300_000);
});
