import { z } from 'zod';
import { commitSha, id, login, name, url } from '../github/shapes.ts';
import { checkJson } from '../json.ts';

const repository = z.object({ id, name, owner: z.object({ login }) });

const pullRequest = z.object({
  number: id,
  pull_request: z.object({
    head: z.object({ sha: commitSha }),
    base: z.object({ sha: commitSha, ref: name }),
  }),
});

const mergeGroup = z.object({
  merge_group: z.object({ head_sha: commitSha, head_ref: name, base_sha: commitSha, base_ref: name }),
});

const workflowRun = z.object({
  workflow_run: z.object({
    id,
    run_attempt: z.int().min(1),
    path: z.string().max(1024),
    event: z.string().max(64),
    status: z.string().max(64),
    conclusion: z.string().max(64).nullable(),
    html_url: url,
    head_sha: commitSha,
    head_branch: name.nullable(),
    head_repository: repository.nullable(),
  }),
});

const issueComment = z.object({
  action: z.string().max(64),
  issue: z.object({ number: id, pull_request: z.object({}).optional() }),
  comment: z.object({
    id,
    html_url: url,
    body: z.string().max(70_000),
    user: z.object({ login, type: z.string().max(64) }).nullable(),
  }),
});

/** The event that started the workflow, with what is used of its payload. */
export type Event =
  /** `head` and `base` are commits, `branch` is the one to merge into. */
  | { readonly kind: 'pull-request'; readonly number: number; readonly head: string; readonly base: Base }
  /** `number` is that of the pull request that was queued last. */
  | {
      readonly kind: 'merge-group';
      readonly number: number | undefined;
      readonly head: string;
      readonly base: Base;
    }
  | { readonly kind: 'workflow-run'; readonly run: z.infer<typeof workflowRun>['workflow_run'] }
  | ({ readonly kind: 'comment' } & z.infer<typeof issueComment>)
  /** A push, a schedule or a start by hand, of which the payload tells nothing more. */
  | { readonly kind: 'other' };

/** The commit that a change is proposed on, and its branch without `refs/heads/`. */
export interface Base {
  readonly commit: string;
  readonly branch: string;
}

/** @throws UserError when the payload is not one of this event */
export function parseEvent(event: string, payload: unknown): Event {
  switch (event) {
    case 'pull_request': {
      const { number, pull_request } = parse(event, pullRequest, payload);
      const { head, base } = pull_request;
      return {
        kind: 'pull-request',
        number,
        head: head.sha,
        base: { commit: base.sha, branch: base.ref },
      };
    }
    case 'merge_group': {
      const { head_sha, head_ref, base_sha, base_ref } = parse(event, mergeGroup, payload).merge_group;
      const branch = base_ref.replace(/^refs\/heads\//, '');
      const [, number] = /\/pr-(\d{1,15})-[0-9a-f]+$/.exec(head_ref) ?? [];
      return {
        kind: 'merge-group',
        number: number === undefined ? undefined : Number(number),
        head: head_sha,
        base: { commit: base_sha, branch },
      };
    }
    case 'workflow_run':
      return { kind: 'workflow-run', run: parse(event, workflowRun, payload).workflow_run };
    case 'issue_comment':
      return { kind: 'comment', ...parse(event, issueComment, payload) };
    default:
      return { kind: 'other' };
  }
}

function parse<T>(event: string, schema: z.ZodType<T>, payload: unknown): T {
  const where = `the payload of event ${event}`;
  return checkJson(payload, schema, { where, what: 'as expected', remedy: 'start the workflow again' });
}
