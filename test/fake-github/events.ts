import { createHash } from 'node:crypto';
import type { Urls } from './answer.ts';
import { commentObject } from './objects/comment.ts';
import { pullObject } from './objects/pull.ts';
import { repositoryObject, repoUrl } from './objects/repository.ts';
import { runObject, workflowObject } from './objects/run.ts';
import { userObject, userOf } from './objects/user.ts';
import { type Comment, fullName, type Pull, type Repo, type State, type WorkflowRun } from './state.ts';

/** An event as the runner hands it to an action: its name, its payload, and what GITHUB_SHA and GITHUB_REF are. */
export interface Event {
  readonly name: string;
  readonly payload: object;
  readonly sha: string;
  readonly ref: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  readonly repository: string;
}

/** Payloads of webhooks about a repository. */
export function eventsOf(state: State, urls: Urls, repo: Repo) {
  const main = `refs/heads/${repo.defaultBranch}`;
  const tip = () => repo.refs.get(`heads/${repo.defaultBranch}`)!;
  const user = (login: string) => userObject(urls, userOf(state, login));
  const common = (actor: string) => ({
    repository: repositoryObject(state, urls, repo),
    sender: user(actor),
  });
  const event = (name: string, actor: string, payload: object, more: Partial<Event> = {}): Event => ({
    name,
    payload: { ...payload, ...common(actor) },
    sha: tip(),
    ref: main,
    headRef: '',
    baseRef: '',
    actor,
    repository: fullName(repo),
    ...more,
  });
  return {
    push(before?: string): Event {
      const sha = tip();
      const { message, author, date, tree } = repo.commits.get(sha)!;
      const person = { name: author, email: `${author}@users.noreply.github.com`, username: author };
      const commit = { id: sha, tree_id: tree, message, timestamp: date, author: person, committer: person };
      return event('push', author, {
        ref: main,
        before: before ?? repo.commits.get(sha)!.parents[0] ?? '0'.repeat(40),
        after: sha,
        created: false,
        deleted: false,
        forced: false,
        base_ref: null,
        compare: repoUrl(urls, repo),
        commits: [commit],
        head_commit: commit,
        pusher: { name: author, email: person.email },
      });
    },
    /** GITHUB_SHA is a merge of head and base that no branch has. */
    pullRequest(pull: Pull, action = 'synchronize'): Event {
      const merge = createHash('sha1').update(`merge ${pull.headSha} ${tip()}`).digest('hex');
      return event(
        'pull_request',
        pull.author,
        { action, number: pull.number, pull_request: pullObject(state, urls, repo, pull) },
        { sha: merge, ref: `refs/pull/${pull.number}/merge`, headRef: pull.headBranch, baseRef: pull.base },
      );
    },
    /** @param of its commit and that below, where it is not the pull request's own on the tip of the default branch */
    mergeGroup(pull: Pull, of = { head: pull.headSha, base: tip() }): Event {
      const ref = `refs/heads/gh-readonly-queue/${pull.base}/pr-${pull.number}-${of.base}`;
      const group = { head_sha: of.head, head_ref: ref, base_sha: of.base, base_ref: main };
      const commit = repo.commits.get(of.head)!;
      const head_commit = {
        id: commit.sha,
        tree_id: commit.tree,
        message: commit.message,
        timestamp: commit.date,
      };
      return event(
        'merge_group',
        pull.author,
        { action: 'checks_requested', merge_group: { ...group, head_commit } },
        { sha: of.head, ref },
      );
    },
    workflowRun(run: WorkflowRun): Event {
      const workflow = repo.workflows.find((each) => each.id === run.workflow)!;
      return event('workflow_run', run.actor, {
        action: 'completed',
        workflow: workflowObject(urls, repo, workflow),
        workflow_run: runObject(state, urls, repo, run),
      });
    },
    issueComment(comment: Comment, action = 'created'): Event {
      const pull = repo.pulls.find((each) => each.number === comment.issue)!;
      const { title, state: open, html_url, user: author } = pullObject(state, urls, repo, pull);
      return event('issue_comment', comment.author, {
        action,
        issue: {
          number: pull.number,
          title,
          state: open,
          user: author,
          html_url,
          url: `${repoUrl(urls, repo)}/issues/${pull.number}`,
          pull_request: { url: `${repoUrl(urls, repo)}/pulls/${pull.number}`, html_url },
        },
        comment: commentObject(state, urls, repo, comment),
      });
    },
    schedule: (): Event => event('schedule', repo.owner, { schedule: '0 4 * * 1' }),
    workflowDispatch: (inputs: Readonly<Record<string, string>> = {}): Event =>
      event('workflow_dispatch', repo.owner, {
        inputs,
        ref: main,
        workflow: '.github/workflows/quantgate.yml',
      }),
  };
}
