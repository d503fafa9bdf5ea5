import { command } from '../../src/action/modes/obey.ts';
import { readComment } from '../../src/github/comment-body.ts';
import { addComment } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import type { Github } from '../fake-github/server.ts';
import type { Permissions } from '../fake-github/state.ts';
import { leave, makeWorld, permissions, reportOn, runMode, type World } from './action-world.ts';
import { attributed } from './sample-reports.ts';

/** A world whose run has left a report with suggested ranges. */
export function judged(github: Github, given: Parameters<typeof makeWorld>[1] = {}): World {
  const world = makeWorld(github, given);
  leave(github, world, reportOn(world, [attributed]));
  return world;
}

/** What somebody says on the pull request, and what becomes of it. */
export async function say(
  github: Github,
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
  const answers = repo.comments.slice(before).map((each) => readComment(each.body)!.sections[0].text);
  return { ...ran, answers, reactions: comment.reactions.map(({ content }) => content) };
}
