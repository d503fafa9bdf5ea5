import type { Urls } from '../answer.ts';
import { ancestors, changesBetween, mergeBase } from '../git.ts';
import { fullName, type Pull, type Repo, type State } from '../state.ts';
import { authorAssociation } from './comment.ts';
import { repoPage, repositoryObject, repoUrl } from './repository.ts';
import { nodeId, userObject, userOf } from './user.ts';

/** A pull request as lists show it (`pull-request-simple`). */
export function pullSummary(state: State, urls: Urls, repo: Repo, pull: Pull) {
  const url = `${repoUrl(urls, repo)}/pulls/${pull.number}`;
  const issue = `${repoUrl(urls, repo)}/issues/${pull.number}`;
  const page = `${repoPage(urls, repo)}/pull/${pull.number}`;
  const user = userObject(urls, userOf(state, pull.author));
  const headRepo = pull.headRepo === undefined ? undefined : state.repos.get(pull.headRepo);
  const statuses = `${repoUrl(urls, repo)}/statuses/${pull.headSha}`;
  const link = (href: string) => ({ href });
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user,
    body: null,
    created_at: pull.createdAt,
    updated_at: pull.createdAt,
    closed_at: pull.state === 'closed' ? pull.createdAt : null,
    merged_at: null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repoUrl(urls, repo)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    head: {
      label: `${headRepo?.owner ?? pull.author}:${pull.headBranch}`,
      ref: pull.headBranch,
      sha: pull.headSha,
      user,
      repo: headRepo === undefined ? null : repositoryObject(state, urls, headRepo),
    },
    base: {
      label: `${repo.owner}:${pull.base}`,
      ref: pull.base,
      sha: baseSha(repo, pull),
      user: userObject(urls, userOf(state, repo.owner)),
      repo: repositoryObject(state, urls, repo),
    },
    _links: {
      self: link(url),
      html: link(page),
      issue: link(issue),
      comments: link(`${issue}/comments`),
      review_comments: link(`${url}/comments`),
      review_comment: link(`${repoUrl(urls, repo)}/pulls/comments{/number}`),
      commits: link(`${url}/commits`),
      statuses: link(statuses),
    },
    author_association: authorAssociation(repo, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** `GET /repos/{owner}/{repo}/pulls/{number}` (`pull-request`). */
export function pullObject(state: State, urls: Urls, repo: Repo, pull: Pull) {
  const changes = changesBetween(repo, pullBase(repo, pull), pull.headSha);
  const behind = new Set(ancestors(repo, baseSha(repo, pull)));
  return {
    ...pullSummary(state, urls, repo, pull),
    merged: false,
    mergeable: true,
    rebaseable: true,
    mergeable_state: 'clean',
    merged_by: null,
    comments: repo.comments.filter((comment) => comment.issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.headRepo !== undefined && pull.headRepo !== fullName(repo),
    commits: ancestors(repo, pull.headSha).filter((sha) => !behind.has(sha)).length,
    additions: changes.length,
    deletions: 0,
    changed_files: changes.length,
  };
}

/** The tip of the base branch, which GitHub gives as `base.sha`. */
function baseSha(repo: Repo, pull: Pull): string {
  return repo.refs.get(`heads/${pull.base}`)!;
}

/** Where a pull request's own changes begin. */
export function pullBase(repo: Repo, pull: Pull): string {
  return mergeBase(repo, baseSha(repo, pull), pull.headSha) ?? baseSha(repo, pull);
}
