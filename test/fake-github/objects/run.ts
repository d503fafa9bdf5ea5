import { createHash } from 'node:crypto';
import type { Urls } from '../answer.ts';
import { type Artifact, fullName, type Repo, type State, type Workflow, type WorkflowRun } from '../state.ts';
import { minimalRepository, repoPage, repoUrl } from './repository.ts';
import { nodeId, userObject, userOf } from './user.ts';

/** `workflow` */
export function workflowObject(urls: Urls, repo: Repo, workflow: Workflow) {
  const file = workflow.path.split('/').at(-1)!;
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    url: `${repoUrl(urls, repo)}/actions/workflows/${workflow.id}`,
    html_url: `${repoPage(urls, repo)}/blob/${repo.defaultBranch}/${workflow.path}`,
    badge_url: `${repoPage(urls, repo)}/workflows/${file}/badge.svg`,
  };
}

/** `workflow-run` */
export function runObject(state: State, urls: Urls, repo: Repo, run: WorkflowRun) {
  const url = `${repoUrl(urls, repo)}/actions/runs/${run.id}`;
  const workflow = repo.workflows.find((each) => each.id === run.workflow)!;
  const actor = userObject(urls, userOf(state, run.actor));
  const commit = repo.commits.get(run.headSha)!;
  const person = { name: commit.author, email: `${commit.author}@users.noreply.github.com` };
  const headRepo = state.repos.get(run.headRepo);
  return {
    id: run.id,
    name: workflow.name,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.id + 1_000_000,
    check_suite_node_id: nodeId('CheckSuite', run.id + 1_000_000),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: workflow.path,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    display_title: commit.message,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow,
    url,
    html_url: `${repoPage(urls, repo)}/actions/runs/${run.id}`,
    // Empty for forks, and people rely on it all the same.
    pull_requests: run.headRepo === fullName(repo) ? pullsOf(urls, repo, run) : [],
    created_at: run.createdAt,
    updated_at: run.createdAt,
    run_started_at: run.createdAt,
    actor,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repoUrl(urls, repo)}/check-suites/${run.id + 1_000_000}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${repoUrl(urls, repo)}/actions/workflows/${run.workflow}`,
    referenced_workflows: [],
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.date,
      author: person,
      committer: person,
    },
    repository: minimalRepository(state, urls, repo),
    head_repository: headRepo === undefined ? null : minimalRepository(state, urls, headRepo),
  };
}

function pullsOf(urls: Urls, repo: Repo, run: WorkflowRun) {
  const self = { id: repo.id, url: repoUrl(urls, repo), name: repo.name };
  return repo.pulls
    .filter((pull) => pull.headSha === run.headSha && pull.headRepo === fullName(repo))
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repoUrl(urls, repo)}/pulls/${pull.number}`,
      head: { ref: pull.headBranch, sha: pull.headSha, repo: self },
      base: { ref: pull.base, sha: repo.refs.get(`heads/${pull.base}`)!, repo: self },
    }));
}

/** `artifact` */
export function artifactObject(state: State, urls: Urls, repo: Repo, artifact: Artifact) {
  const url = `${repoUrl(urls, repo)}/actions/artifacts/${artifact.id}`;
  const run = repo.runs.find((each) => each.id === artifact.run)!;
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expired,
    digest: digestOf(artifact.zip),
    created_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    updated_at: artifact.createdAt,
    workflow_run: {
      id: run.id,
      repository_id: repo.id,
      head_repository_id: state.repos.get(run.headRepo)?.id ?? 0,
      head_branch: run.headBranch,
      head_sha: run.headSha,
    },
  };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
