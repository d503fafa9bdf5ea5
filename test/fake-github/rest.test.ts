import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ACTIONS_BOT,
  addArtifact,
  addComment,
  addFork,
  addPull,
  addRepo,
  addRun,
  addToken,
} from './build.ts';
import { operationIds } from './openapi/check.ts';
import { needs } from './permissions.ts';
import { handlers } from './routes/index.ts';
import { type Github, startGithub } from './server.ts';
import type { Permissions, Repo } from './state.ts';

const everything: Permissions = {
  actions: 'write',
  administration: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  statuses: 'write',
};

let github: Github;
let repo: Repo;
beforeEach(async () => {
  github = await startGithub();
  repo = addRepo(github.state, 'acme/models', { files: { 'quantgate.yml': 'version: 1\n', 'a/b.txt': 'b' } });
});
// Violations of GitHub's description end every test here.
afterEach(() => github.close());

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const at = { owner: 'acme', repo: 'models' };
const client = (permissions: Permissions = everything, login = ACTIONS_BOT) =>
  new Octokit({
    auth: addToken(github.state, login, permissions),
    baseUrl: github.urls.api,
    log: silent,
  }).rest;

describe('the fake GitHub', () => {
  it('answers every operation of the description, and knows what each asks of a token', () => {
    const ofRepositories = operationIds.filter((id) => !/^(users|apps)\//.test(id)).sort();
    expect(Object.keys(handlers).sort()).toEqual(ofRepositories);
    expect(Object.keys(needs).sort()).toEqual(ofRepositories);
  });

  it('keeps comments: pages, updates, reactions', async () => {
    const { issues, reactions } = client();
    const pull = addPull(github.state, repo, { author: 'ada', files: { 'a/b.txt': 'c' } });
    const on = { ...at, issue_number: pull.number };
    for (let i = 0; i < 31; i++) addComment(github.state, repo, pull, 'mallory', `comment ${i}`);
    const { data: mine } = await issues.createComment({ ...on, body: 'hello' });
    expect((await issues.listComments(on)).data).toHaveLength(30);
    expect((await issues.listComments({ ...on, page: 2 })).data.map((each) => each.body)).toEqual([
      'comment 30',
      'hello',
    ]);
    await issues.updateComment({ ...at, comment_id: mine.id, body: 'bye' });
    expect((await issues.getComment({ ...at, comment_id: mine.id })).data).toMatchObject({
      body: 'bye',
      user: { login: ACTIONS_BOT, type: 'Bot' },
    });
    await reactions.createForIssueComment({ ...at, comment_id: mine.id, content: 'rocket' });
    expect(
      (await reactions.listForIssueComment({ ...at, comment_id: mine.id })).data.map((r) => r.content),
    ).toEqual(['rocket']);
    await issues.deleteComment({ ...at, comment_id: mine.id });
    await expect(issues.getComment({ ...at, comment_id: mine.id })).rejects.toMatchObject({ status: 404 });
  });

  it('shows pull requests, also of forks', async () => {
    const { pulls, repos } = client();
    const fork = addFork(github.state, repo, 'eve');
    addPull(github.state, repo, { author: 'ada', branch: 'mine', files: { 'a/b.txt': null, new: 'n' } });
    addPull(github.state, repo, { author: 'eve', files: { 'a/b.txt': 'd' }, from: fork });
    expect((await pulls.list({ ...at, head: 'eve:change' })).data.map((each) => each.number)).toEqual([2]);
    const { data } = await pulls.get({ ...at, pull_number: 2 });
    expect(data.head).toMatchObject({ label: 'eve:change', repo: { full_name: 'eve/models', fork: true } });
    expect(data).toMatchObject({ commits: 1, changed_files: 1 });
    const { data: files } = await pulls.listFiles({ ...at, pull_number: 1 });
    expect(files.map((each) => [each.filename, each.status])).toEqual([
      ['a/b.txt', 'removed'],
      ['new', 'added'],
    ]);
    const associated = async (pull: number) => {
      const commit_sha = repo.pulls[pull - 1].headSha;
      return (await repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha })).data.length;
    };
    expect([await associated(1), await associated(2)]).toEqual([1, 0]);
  });

  it('keeps files, commits and refs', async () => {
    const { repos, git } = client();
    const { data: file } = await repos.getContent({ ...at, path: 'a/b.txt' });
    expect(file).toMatchObject({ type: 'file', content: 'Yg==\n' });
    expect((await repos.getContent({ ...at, path: '' })).data).toHaveLength(2);
    const { data: main } = await git.getRef({ ...at, ref: 'heads/main' });
    const { data: blob } = await git.createBlob({ ...at, content: 'eA==', encoding: 'base64' });
    const { data: tree } = await git.createTree({
      ...at,
      base_tree: (await git.getCommit({ ...at, commit_sha: main.object.sha })).data.tree.sha,
      tree: [{ path: 'x', mode: '100644', type: 'blob', sha: blob.sha }],
    });
    const { data: commit } = await git.createCommit({
      ...at,
      message: 'x',
      tree: tree.sha,
      parents: [main.object.sha],
    });
    await git.createRef({ ...at, ref: 'refs/heads/x/y', sha: commit.sha });
    await expect(git.updateRef({ ...at, ref: 'heads/x/y', sha: 'f'.repeat(40) })).rejects.toMatchObject({
      status: 422,
    });
    const { data: compared } = await repos.compareCommitsWithBasehead({ ...at, basehead: 'main...x/y' });
    expect(compared).toMatchObject({ status: 'ahead', ahead_by: 1, files: [{ filename: 'x' }] });
    expect((await repos.getBranch({ ...at, branch: 'x/y' })).data.commit.sha).toBe(commit.sha);
    expect((await git.getBlob({ ...at, file_sha: blob.sha })).data.content).toBe('eA==');
    expect((await git.getTree({ ...at, tree_sha: 'x/y' })).data.tree).toHaveLength(3);
    const written = await repos.createOrUpdateFileContents({
      ...at,
      path: 'a/b.txt',
      message: 'm',
      content: 'eA==',
      sha: (file as { sha: string }).sha,
    });
    expect(written.status).toBe(200);
    expect((await repos.getCommit({ ...at, ref: 'main' })).data.files).toHaveLength(1);
    await git.deleteRef({ ...at, ref: 'heads/x/y' });
  });

  it('keeps checks and statuses', async () => {
    const { checks, repos } = client();
    const sha = repo.refs.get('heads/main')!;
    const { data } = await checks.create({ ...at, name: 'quantgate', head_sha: sha, status: 'in_progress' });
    await checks.update({
      ...at,
      check_run_id: data.id,
      conclusion: 'failure',
      output: { title: 'Fail', summary: 'too low' },
    });
    expect((await checks.get({ ...at, check_run_id: data.id })).data).toMatchObject({ status: 'completed' });
    expect((await checks.listForRef({ ...at, ref: sha })).data.check_runs[0].output.title).toBe('Fail');
    for (const state of ['failure', 'success'] as const)
      await repos.createCommitStatus({ ...at, sha, state, context: 'quantgate' });
    expect((await repos.getCombinedStatusForRef({ ...at, ref: 'main' })).data.state).toBe('success');
    expect((await repos.listCommitStatusesForRef({ ...at, ref: 'main' })).data).toHaveLength(2);
  });

  it('keeps workflows, runs and artifacts', async () => {
    const { actions } = client();
    const sha = repo.refs.get('heads/main')!;
    const run = addRun(github.state, repo, { event: 'push', sha });
    addRun(github.state, repo, { event: 'push', sha, conclusion: 'failure' });
    const zip = Buffer.from('zip');
    const artifact = addArtifact(github.state, repo, run, { name: 'baseline', zip });
    addArtifact(github.state, repo, run, { name: 'old', zip, expired: true });
    const { data } = await actions.listWorkflowRuns({
      ...at,
      workflow_id: 'quantgate.yml',
      event: 'push',
      branch: 'main',
      status: 'success',
    });
    expect(data.workflow_runs.map((each) => each.id)).toEqual([run.id]);
    const listed = await actions.listWorkflowRunArtifacts({ ...at, run_id: run.id, per_page: 1 });
    expect(listed.data).toMatchObject({ total_count: 2, artifacts: [{ name: 'old', expired: true }] });
    const download = { ...at, artifact_id: artifact.id, archive_format: 'zip' };
    expect(Buffer.from((await actions.downloadArtifact(download)).data as ArrayBuffer)).toEqual(zip);
    await expect(
      actions.downloadArtifact({ ...download, artifact_id: artifact.id + 1 }),
    ).rejects.toMatchObject({ status: 410 });
    expect((await actions.listArtifactsForRepo({ ...at, name: 'baseline' })).data.total_count).toBe(1);
    expect((await actions.getArtifact({ ...at, artifact_id: artifact.id })).data.workflow_run?.id).toBe(
      run.id,
    );
    await actions.reRunWorkflowFailedJobs({ ...at, run_id: run.id });
    await expect(actions.reRunWorkflow({ ...at, run_id: run.id })).rejects.toMatchObject({ status: 403 });
    expect((await actions.getWorkflowRun({ ...at, run_id: run.id })).data.run_attempt).toBe(2);
    await actions.createWorkflowDispatch({ ...at, workflow_id: 'quantgate.yml', ref: 'main' });
    expect((await actions.listWorkflowRunsForRepo({ ...at, status: 'queued' })).data.total_count).toBe(2);
    expect((await actions.getWorkflow({ ...at, workflow_id: 'quantgate.yml' })).data.name).toBe('quantgate');
  });

  it('keeps rulesets and protection', async () => {
    const { repos } = client();
    const { data } = await repos.createRepoRuleset({
      ...at,
      name: 'quantgate',
      target: 'branch',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [
        {
          type: 'required_status_checks',
          parameters: {
            required_status_checks: [{ context: 'gate' }],
            strict_required_status_checks_policy: false,
          },
        },
      ],
    });
    expect((await repos.getBranchRules({ ...at, branch: 'main' })).data).toMatchObject([
      { type: 'required_status_checks', ruleset_id: data.id },
    ]);
    await repos.updateRepoRuleset({ ...at, ruleset_id: data.id, enforcement: 'disabled' });
    expect((await repos.getRepoRuleset({ ...at, ruleset_id: data.id })).data.enforcement).toBe('disabled');
    expect((await repos.getRepoRulesets(at)).data[0]).not.toHaveProperty('rules');
    expect((await repos.getBranchRules({ ...at, branch: 'main' })).data).toEqual([]);
    const branch = { ...at, branch: 'main' };
    await expect(repos.getBranchProtection(branch)).rejects.toMatchObject({ status: 404 });
    await repos.updateBranchProtection({
      ...branch,
      required_status_checks: { strict: true, contexts: ['gate'] },
      enforce_admins: true,
      required_pull_request_reviews: { require_code_owner_reviews: true },
      restrictions: null,
    });
    expect((await repos.getBranchProtection(branch)).data.required_status_checks?.contexts).toEqual(['gate']);
    await repos.updateStatusCheckProtection({ ...branch, checks: [{ context: 'gate', app_id: 15368 }] });
    expect((await repos.getStatusChecksProtection(branch)).data).toMatchObject({
      strict: true,
      checks: [{ context: 'gate', app_id: 15368 }],
    });
    expect(repo.protections.get('main')).toMatchObject({ enforceAdmins: true, reviews: expect.anything() });
  });

  it('knows the App of jobs, and what jobs get by default', async () => {
    const { apps, actions } = client();
    expect((await apps.getBySlug({ app_slug: 'github-actions' })).data).toMatchObject({ id: 15368 });
    await expect(apps.getBySlug({ app_slug: 'other' })).rejects.toMatchObject({ status: 404 });
    repo.workflowPermissions = 'write';
    expect((await actions.getGithubActionsDefaultWorkflowPermissionsRepository(at)).data).toMatchObject({
      default_workflow_permissions: 'write',
    });
  });

  it('keeps releases with their assets', async () => {
    const { repos } = client();
    const { data: release } = await repos.createRelease({ ...at, tag_name: 'v1' });
    const { data: asset } = await repos.uploadReleaseAsset({
      ...at,
      baseUrl: github.urls.api,
      url: release.upload_url,
      release_id: release.id,
      name: 'a.bin',
      data: Buffer.from([1, 2, 0, 255]) as unknown as string,
      headers: { 'content-type': 'application/octet-stream' },
    });
    const bytes = await repos.getReleaseAsset({
      ...at,
      asset_id: asset.id,
      headers: { accept: 'application/octet-stream' },
    });
    expect([...new Uint8Array(bytes.data as unknown as ArrayBuffer)]).toEqual([1, 2, 0, 255]);
    expect((await repos.listReleaseAssets({ ...at, release_id: release.id })).data[0].size).toBe(4);
    expect((await repos.getReleaseByTag({ ...at, tag: 'v1' })).data.assets).toHaveLength(1);
    expect((await repos.listReleases(at)).data).toHaveLength(1);
    await repos.deleteReleaseAsset({ ...at, asset_id: asset.id });
    expect((await repos.getRelease({ ...at, release_id: release.id })).data.assets).toEqual([]);
  });

  it('tells who a personal token is, and roles; a GITHUB_TOKEN cannot ask', async () => {
    const secret = addRepo(github.state, 'acme/secret', { isPrivate: true, roles: { ada: 'maintain' } });
    const { users, repos } = client(everything, 'ada');
    expect((await users.getAuthenticated()).data.login).toBe('ada');
    const there = { owner: secret.owner, repo: secret.name };
    expect((await repos.getCollaboratorPermissionLevel({ ...there, username: 'ada' })).data).toMatchObject({
      permission: 'write',
      role_name: 'maintain',
    });
    expect((await repos.get(there)).data.private).toBe(true);
    await expect(client().users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
    await expect(client({}).repos.get(there)).rejects.toMatchObject({ status: 404 });
  });

  it('refuses what a token may not, with the words of GitHub', async () => {
    const pull = addPull(github.state, repo, { author: 'ada', files: { x: 'x' } });
    const { issues } = client({ contents: 'read', pull_requests: 'read' });
    const on = { ...at, issue_number: pull.number };
    expect((await issues.listComments(on)).data).toEqual([]);
    await expect(issues.createComment({ ...on, body: 'hi' })).rejects.toMatchObject({
      status: 403,
      message: expect.stringMatching(/^Resource not accessible by integration/),
      response: { headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' } },
    });
    const stranger = new Octokit({ auth: 'ghs_wrong', baseUrl: github.urls.api, log: silent }).rest;
    await expect(stranger.repos.get(at)).rejects.toMatchObject({ status: 401 });
  });
});
