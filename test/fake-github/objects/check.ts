import type { Urls } from '../answer.ts';
import type { CheckRun, CommitStatus, Repo, State } from '../state.ts';
import { repoPage, repoUrl } from './repository.ts';
import { nodeId, userObject, userOf } from './user.ts';

/** `check-run`. GitHub picks the check suite of a job's token itself, and it may be another workflow's. */
export function checkRunObject(state: State, urls: Urls, repo: Repo, check: CheckRun) {
  const url = `${repoUrl(urls, repo)}/check-runs/${check.id}`;
  const page = `${repoPage(urls, repo)}/runs/${check.id}`;
  const { title, summary, text, annotations } = check.output;
  return {
    id: check.id,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: page,
    details_url: check.detailsUrl ?? page,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: { title, summary, text, annotations_count: annotations, annotations_url: `${url}/annotations` },
    name: check.name,
    check_suite: { id: 5 },
    app: actionsApp(state, urls),
    pull_requests: [],
  };
}

/** The app behind every GITHUB_TOKEN (`integration`); each server has it under a number of its own. */
export function actionsApp(state: State, urls: Urls) {
  const id = urls.html === 'https://github.com' ? 15368 : 7;
  return {
    id,
    slug: 'github-actions',
    node_id: nodeId('App', id),
    owner: userObject(urls, userOf(state, 'github')),
    name: 'GitHub Actions',
    description: 'Automate your workflow from idea to production',
    external_url: 'https://help.github.com/en/actions',
    html_url: `${urls.html}/apps/github-actions`,
    created_at: '2018-07-30T09:30:17Z',
    updated_at: '2024-04-10T20:33:16Z',
    permissions: { checks: 'write', contents: 'write', metadata: 'read', statuses: 'write' },
    events: ['push'],
  };
}

/** A commit status as lists show it without its creator (`simple-commit-status`). */
export function simpleStatus(urls: Urls, repo: Repo, status: CommitStatus) {
  return {
    url: `${repoUrl(urls, repo)}/statuses/${status.sha}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${status.id}?v=4`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** `status` */
export function statusObject(state: State, urls: Urls, repo: Repo, status: CommitStatus) {
  return { ...simpleStatus(urls, repo, status), creator: userObject(urls, userOf(state, status.author)) };
}
