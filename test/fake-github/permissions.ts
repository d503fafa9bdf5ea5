import { notFound, Refusal } from './answer.ts';
import type { Repo, Scope, Token } from './state.ts';

type Need = readonly [Scope, 'read' | 'write'];

/** What GitHub's documentation asks of a token for each operation; one of the needs is enough. */
export const needs: Readonly<Record<string, readonly Need[]>> = {
  'repos/get': [['metadata', 'read']],
  'repos/get-branch': [['contents', 'read']],
  'repos/get-collaborator-permission-level': [['metadata', 'read']],
  'repos/get-commit': [['contents', 'read']],
  'repos/compare-commits-with-basehead': [['contents', 'read']],
  'repos/list-pull-requests-associated-with-commit': [['pull_requests', 'read']],
  'repos/get-content': [['contents', 'read']],
  'repos/create-or-update-file-contents': [['contents', 'write']],
  'repos/create-commit-status': [['statuses', 'write']],
  'repos/get-combined-status-for-ref': [['statuses', 'read']],
  'repos/list-commit-statuses-for-ref': [['statuses', 'read']],
  'repos/get-repo-rulesets': [['metadata', 'read']],
  'repos/get-repo-ruleset': [['metadata', 'read']],
  'repos/create-repo-ruleset': [['administration', 'write']],
  'repos/update-repo-ruleset': [['administration', 'write']],
  'repos/get-branch-rules': [['metadata', 'read']],
  'repos/get-branch-protection': [['administration', 'read']],
  'repos/update-branch-protection': [['administration', 'write']],
  'repos/get-status-checks-protection': [['administration', 'read']],
  'repos/update-status-check-protection': [['administration', 'write']],
  'repos/list-releases': [['contents', 'read']],
  'repos/get-release': [['contents', 'read']],
  'repos/get-release-by-tag': [['contents', 'read']],
  'repos/create-release': [['contents', 'write']],
  'repos/list-release-assets': [['contents', 'read']],
  'repos/upload-release-asset': [['contents', 'write']],
  'repos/get-release-asset': [['contents', 'read']],
  'repos/delete-release-asset': [['contents', 'write']],
  'pulls/list': [['pull_requests', 'read']],
  'pulls/get': [['pull_requests', 'read']],
  'pulls/list-files': [['pull_requests', 'read']],
  'issues/list-comments': [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
  'issues/get-comment': [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
  'issues/create-comment': [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
  'issues/update-comment': [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
  'issues/delete-comment': [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
  'reactions/list-for-issue-comment': [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
  'reactions/create-for-issue-comment': [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
  'checks/create': [['checks', 'write']],
  'checks/update': [['checks', 'write']],
  'checks/get': [['checks', 'read']],
  'checks/list-for-ref': [['checks', 'read']],
  'git/get-ref': [['contents', 'read']],
  'git/create-ref': [['contents', 'write']],
  'git/update-ref': [['contents', 'write']],
  'git/delete-ref': [['contents', 'write']],
  'git/get-commit': [['contents', 'read']],
  'git/create-commit': [['contents', 'write']],
  'git/get-tree': [['contents', 'read']],
  'git/create-tree': [['contents', 'write']],
  'git/get-blob': [['contents', 'read']],
  'git/create-blob': [['contents', 'write']],
  'actions/get-workflow': [['actions', 'read']],
  'actions/create-workflow-dispatch': [['actions', 'write']],
  'actions/list-workflow-runs': [['actions', 'read']],
  'actions/list-workflow-runs-for-repo': [['actions', 'read']],
  'actions/get-workflow-run': [['actions', 'read']],
  'actions/re-run-workflow': [['actions', 'write']],
  'actions/re-run-workflow-failed-jobs': [['actions', 'write']],
  'actions/list-workflow-run-artifacts': [['actions', 'read']],
  'actions/list-artifacts-for-repo': [['actions', 'read']],
  'actions/get-artifact': [['actions', 'read']],
  'actions/download-artifact': [['actions', 'read']],
  'actions/get-github-actions-default-workflow-permissions-repository': [['administration', 'read']],
};

/** Reading these takes the permission in public repositories too. */
const ALWAYS = new Set([
  'repos/get-branch-protection',
  'repos/get-status-checks-protection',
  'actions/download-artifact',
  'actions/get-github-actions-default-workflow-permissions-repository',
]);

const DENIED = {
  installation: 'Resource not accessible by integration',
  user: 'Resource not accessible by personal access token',
};

/** @throws Refusal 404 for a private repository that the token cannot see, 403 for what it may not do */
export function demand(operation: string, repo: Repo, token: Token): void {
  if (repo.isPrivate && Object.keys(token.permissions).length === 0) throw notFound();
  const wanted = needs[operation] ?? [];
  const isOpen = !repo.isPrivate && !ALWAYS.has(operation) && wanted.every(([, level]) => level === 'read');
  const has = ([scope, level]: Need) =>
    scope === 'metadata' || token.permissions[scope] === 'write' || token.permissions[scope] === level;
  if (!isOpen && !wanted.some(has)) throw new Refusal(403, DENIED[token.kind]);
}

/** The header by which GitHub says what would have been enough. */
export function acceptedPermissions(operation: string): string {
  return (needs[operation] ?? []).map(([scope, level]) => `${scope}=${level}`).join('; ');
}
