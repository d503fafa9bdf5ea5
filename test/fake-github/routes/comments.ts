import { byId, type Call, created, type Handlers, invalid, named, noContent, ok, page } from '../answer.ts';
import { commentObject, reactionObject } from '../objects/comment.ts';
import { type Comment, fullName } from '../state.ts';

/** GitHub counts bytes, although its message speaks of characters. */
const MAX_BODY_BYTES = 262_144;

const issueOf = (call: Call) =>
  named(call.repo.pulls, (pull) => pull.number === Number(call.params.issue_number)).number;
const commentOf = (call: Call) => byId(call.repo.comments, call.params.comment_id!);
const shown = (call: Call, comment: Comment) => commentObject(call.state, call.urls, call.repo, comment);

function bodyOf(call: Call): string {
  const body = String(call.body.body);
  if (body.trim() === '') throw invalid('Validation Failed', [missing('body')]);
  if (Buffer.byteLength(body) > MAX_BODY_BYTES)
    throw invalid('Validation Failed', [
      {
        ...missing('body'),
        code: 'unprocessable',
        message: 'body is too long (maximum is 65536 characters)',
      },
    ]);
  return body;
}

const missing = (field: string) => ({ resource: 'IssueComment', code: 'missing_field', field });

export const commentRoutes: Handlers = {
  'issues/list-comments': (call) => {
    const issue = issueOf(call);
    const since = call.query.get('since') ?? '';
    const all = call.repo.comments.filter((each) => each.issue === issue && each.updatedAt >= since);
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/issues/${issue}/comments`, all);
    return ok(
      items.map((each) => shown(call, each)),
      headers,
    );
  },
  'issues/get-comment': (call) => ok(shown(call, commentOf(call))),
  'issues/create-comment': (call) => {
    const now = call.state.now();
    const comment = {
      id: call.state.nextId(),
      issue: issueOf(call),
      author: call.token.login,
      body: bodyOf(call),
      createdAt: now,
      updatedAt: now,
      minimized: undefined,
      reactions: [],
    };
    call.repo.comments.push(comment);
    return created(shown(call, comment));
  },
  'issues/update-comment': (call) => {
    const comment = commentOf(call);
    comment.body = bodyOf(call);
    comment.updatedAt = call.state.now();
    return ok(shown(call, comment));
  },
  'issues/delete-comment': (call) => {
    const { comments } = call.repo;
    comments.splice(comments.indexOf(commentOf(call)), 1);
    return noContent;
  },
  'reactions/list-for-issue-comment': (call) => {
    const { id, reactions } = commentOf(call);
    const { items, headers } = page(
      call,
      `/repos/${fullName(call.repo)}/issues/comments/${id}/reactions`,
      reactions,
    );
    return ok(
      items.map((each) => reactionObject(call.state, call.urls, each)),
      headers,
    );
  },
  'reactions/create-for-issue-comment': (call) => {
    const { reactions } = commentOf(call);
    const content = String(call.body.content);
    const mine = reactions.find((each) => each.author === call.token.login && each.content === content);
    if (mine !== undefined) return ok(reactionObject(call.state, call.urls, mine));
    const reaction = {
      id: call.state.nextId(),
      author: call.token.login,
      content,
      createdAt: call.state.now(),
    };
    reactions.push(reaction);
    return created(reactionObject(call.state, call.urls, reaction));
  },
};
