import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { CommentPolicy } from '../config/comment-policy.ts';
import { UserError } from '../errors.ts';
import { combine } from '../verdict/combine.ts';
import { type Api, call, list, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { type Comment, type Frame, readComment, writeComment } from './comment-body.ts';
import { speaks } from './comment-duty.ts';
import { lastAttempt, mergeComments, replaceComment } from './comment-merge.ts';
import { readIdentity } from './identity.ts';
import { readRun } from './run.ts';
import { id, ignored, login, url } from './shapes.ts';

export interface CommentPlace extends Repository {
  readonly number: number;
}

/** What a job says on a pull request, in one section or more. */
export interface Said extends Comment {
  /** Whether the sections are all that this attempt of the run has to say. */
  readonly isWhole: boolean;
  readonly policy: CommentPolicy;
  /** What stands around the sections of all jobs. */
  readonly frame: (comment: Comment) => Frame;
}

export type Published =
  | { readonly state: 'written'; readonly id: number; readonly url: string }
  /** The policy asks for no comment. */
  | { readonly state: 'silent' }
  /** A later run has written already. */
  | { readonly state: 'outdated'; readonly run: number };

const MAX_COMMENTS = 5000;
const ROUNDS = 6;

const stored = z.object({
  id,
  html_url: url,
  user: z.object({ login }).nullable(),
  body: z.string().max(300_000).nullish(),
});
type Stored = z.infer<typeof stored>;

/**
 * Writes sections of the sticky comment of a pull request. There is one comment for each key. It is known by the mark
 * in its first line and by its author, who must be the token's own identity, so nobody takes it over by pasting the mark.
 * It is edited in place; twins that jobs made at the same time are united in the oldest. After writing it is read again,
 * until it is as this job wants it: another job may have written in between, or somebody deleted it.
 *
 * @param pause waits for milliseconds before reading again
 * @throws ApiError when a call fails; UserError when the comment does not settle
 */
export async function publishComment(
  api: Api,
  place: CommentPlace,
  { isWhole, policy, frame, ...said }: Said,
  pause: (milliseconds: number) => Promise<unknown> = setTimeout,
): Promise<Published> {
  if (policy === 'never') return { state: 'silent' };
  const verdict = combine(said.sections.map((section) => section.verdict));
  const identity = await readIdentity(api);
  for (let round = 1; round <= ROUNDS; round++) {
    const own = await realOnes(api, place, said, await findOwn(api, place, identity));
    const [oldest, ...younger] = own;
    if (!speaks(policy, oldest !== undefined, verdict)) return { state: 'silent' };
    const kept = own.map(({ comment }) => comment);
    const merged = [...kept, said].reduce(isWhole ? replaceComment : mergeComments);
    if (merged.run > said.run) return { state: 'outdated', run: merged.run };
    const body = writeComment(merged, frame(merged));
    if (oldest !== undefined && younger.length === 0 && isSame(oldest.stored.body, body)) {
      return { state: 'written', id: oldest.stored.id, url: oldest.stored.html_url };
    }
    await write(api, place, oldest?.stored, body);
    for (const twin of younger) await remove(api, place, twin.stored.id);
    await pause(1000 * round);
  }
  throw new UserError(
    `the comment on pull request ${place.number} does not stay as it is written: ` +
      'report from one job that needs all the others, or give each job a key of its own',
  );
}

type Own = Awaited<ReturnType<typeof findOwn>>;

/**
 * Those of this key, but for any that is of a later run or attempt which GitHub does not know: other workflows speak as the
 * same bot, and can be made to say our mark with a number that no run would ever outdo.
 */
async function realOnes(api: Api, place: CommentPlace, said: Comment, own: Own): Promise<Own> {
  const real: Own = [];
  for (const each of own.filter(({ comment }) => comment.key === said.key)) {
    const { comment } = each;
    const isLater =
      comment.run > said.run || (comment.run === said.run && lastAttempt(comment) > lastAttempt(said));
    if (!isLater || (await isOfRun(api, place, comment))) real.push(each);
  }
  return real;
}

async function isOfRun(api: Api, { owner, repo }: Repository, comment: Comment): Promise<boolean> {
  const run = await readRun(api, { owner, repo }, comment.run);
  if (run === undefined || run.attempt < lastAttempt(comment)) return false;
  // Answers to commands are of runs of another event.
  return !isWorkflow(comment.key) || (run.path === comment.key && run.head === comment.head);
}

function isWorkflow(key: string): boolean {
  return key.startsWith('.github/workflows/');
}

/**
 * The run that our newest comment about a commit is of; undefined if there is none. Answers to commands are left out:
 * their keys are no paths of workflows.
 *
 * @throws ApiError
 */
export async function findCommentedRun(
  api: Api,
  place: CommentPlace,
  head: string,
): Promise<number | undefined> {
  const own = await findOwn(api, place, await readIdentity(api));
  const runs = own.flatMap(({ comment }) =>
    comment.head === head && isWorkflow(comment.key) ? [comment.run] : [],
  );
  return runs.length === 0 ? undefined : Math.max(...runs);
}

/** Our comments, oldest first. */
async function findOwn(api: Api, place: CommentPlace, identity: string) {
  const { items } = await list(
    api,
    {
      purpose: `list the comments of pull request ${place.number}`,
      route: 'GET /repos/{owner}/{repo}/issues/{number}/comments',
      parameters: { ...place },
      needs: ['pull-requests: write'],
      answer: stored,
    },
    MAX_COMMENTS,
  );
  return items
    .filter(({ user }) => user?.login === identity)
    .flatMap((each) => {
      const comment = readComment(each.body ?? '');
      return comment === undefined ? [] : [{ stored: each, comment }];
    })
    .sort((a, b) => a.stored.id - b.stored.id);
}

/** A body may come back with other line ends, if somebody has edited it in a browser. */
function isSame(stored: string | null | undefined, body: string): boolean {
  return stored?.replaceAll('\r\n', '\n').trim() === body.trim();
}

async function write(api: Api, place: CommentPlace, oldest: Stored | undefined, body: string): Promise<void> {
  const { owner, repo, number } = place;
  const common = { needs: ['pull-requests: write'], answer: ignored } as const;
  if (oldest === undefined) {
    await call(api, {
      purpose: `comment on pull request ${number}`,
      route: 'POST /repos/{owner}/{repo}/issues/{number}/comments',
      parameters: { owner, repo, number, body },
      ...common,
    });
    return;
  }
  await unlessGone(
    call(api, {
      purpose: `edit the comment on pull request ${number}`,
      route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      parameters: { owner, repo, comment_id: oldest.id, body },
      ...common,
    }),
  );
}

function remove(api: Api, { owner, repo, number }: CommentPlace, comment_id: number): Promise<void> {
  return unlessGone(
    call(api, {
      purpose: `delete a second comment on pull request ${number}`,
      route: 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
      parameters: { owner, repo, comment_id },
      needs: ['pull-requests: write'],
      answer: ignored,
    }),
  );
}

/** A comment that somebody deletes meanwhile is missed when the comments are read again. */
async function unlessGone(done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
