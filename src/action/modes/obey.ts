import { UserError } from '../../errors.ts';
import type { Api } from '../../github/api.ts';
import { parseCommand } from '../../github/command.ts';
import { mayWrite, readAccess } from '../../github/permissions.ts';
import { type PullRequest, readPullRequest } from '../../github/pull-request.ts';
import { type Reaction, react } from '../../github/reactions.ts';
import { escapeText } from '../../report/escape.ts';
import { placeOfConfig } from '../change/config-place.ts';
import { accept } from '../commands/accept.ts';
import { writeAnswer } from '../commands/answer.ts';
import { apply } from '../commands/apply.ts';
import { type Reply, refused } from '../commands/asked.ts';
import { explain } from '../commands/explain.ts';
import { HELP } from '../commands/help.ts';
import { rerun } from '../commands/rerun.ts';
import type { Event } from '../event.ts';
import type { ModeContext, Outcome } from '../mode.ts';

type Comment = Extract<Event, { kind: 'comment' }>;

const nothing: Outcome = { outputs: {}, summary: '', failure: undefined };

/**
 * Does what a comment on a pull request asks for. Reactions tell that it was seen and what came of it; there is an answer
 * only where there is something to say. The comment is anybody's: who may have what done, GitHub says.
 *
 * @param pause waits for milliseconds before an answer is read again
 */
export async function command(
  step: ModeContext,
  pause?: (milliseconds: number) => Promise<unknown>,
): Promise<Outcome> {
  const { event, job, api, log } = step;
  if (event.kind !== 'comment') {
    throw new UserError(`mode command does not know event ${job.event}: start the workflow on issue_comment`);
  }
  if (api === undefined) throw new UserError('mode command needs a token: set the input token');
  const skip = whyNothing(event);
  if (skip !== undefined) {
    log.info(`the comment ${skip}: there is nothing to do`);
    return nothing;
  }
  const say = (reaction: Reaction) => reactOrWarn(step, api, event, reaction);
  await say('eyes');
  const { number } = event.issue;
  const pull = await readPullRequest(api, job.repository, number);
  const answer = (text: string) => {
    const { id, html_url } = event.comment;
    const answered = { pullRequest: number, head: pull.head.sha, commentId: id, commentUrl: html_url };
    return writeAnswer(api, job.repository, { ...answered, run: job.run.id, text }, pause);
  };
  try {
    const { done, text } = await obey(step, api, event, pull);
    log.info(done ? 'done' : 'refused');
    if (text !== undefined) await answer(text);
    await say(done ? '+1' : '-1');
    return nothing;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // What failed is the failure of the job; that it cannot be answered either adds nothing.
    await answer(`That failed: ${escapeText(error.message, 400)}`).catch(orThrow);
    await say('confused');
    return { ...nothing, failure: error.message };
  }
}

function orThrow(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}

function whyNothing({ action, issue, comment }: Comment): string | undefined {
  // Whoever edits a comment need not be its author.
  if (action !== 'created') return 'is not a new one';
  if (issue.pull_request === undefined) return 'is not on a pull request';
  if (comment.user?.type !== 'User') return 'is not of a person';
  return /^\/quantgate(\s|$)/.test(comment.body) ? undefined : 'asks for nothing';
}

async function reactOrWarn({ job, log }: ModeContext, api: Api, { comment }: Comment, reaction: Reaction) {
  try {
    await react(api, job.repository, comment.id, reaction);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warning(error.message);
  }
}

async function obey(
  { inputs, job, log }: ModeContext,
  api: Api,
  { comment }: Comment,
  pull: PullRequest,
): Promise<Reply> {
  const asked = parseCommand(comment.body);
  if (asked === undefined) return refused(`That is no command.\n\n${HELP}`);
  log.info(`${asked.kind} on pull request ${pull.number}`);
  const by = comment.user!.login;
  const access =
    asked.kind === 'help' || asked.kind === 'explain' ? undefined : await readAccess(api, job.repository, by);
  if (access !== undefined && !pull.open) return refused('The pull request is closed.');
  const context = {
    api,
    repository: job.repository,
    pull,
    by,
    mayWrite: access !== undefined && mayWrite(access),
    configPath: placeOfConfig(job.workspace, inputs.config).inRepository,
  };
  switch (asked.kind) {
    case 'help':
      return { done: true, text: HELP };
    case 'rerun':
      return rerun(context);
    case 'explain':
      return explain(context, asked);
    case 'apply':
      return apply(context);
    case 'accept':
      return accept(context, asked, new Date().toISOString());
  }
}
