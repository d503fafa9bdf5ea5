import { byId, type Call, type Handlers, invalid, named, noContent, ok, page, Refusal } from '../answer.ts';
import { resolveRef } from '../git.ts';
import { artifactObject, runObject, workflowObject } from '../objects/run.ts';
import { type Artifact, fullName, type Workflow, type WorkflowRun } from '../state.ts';

/** By number, or by the name of its file. */
function workflowOf(call: Call): Workflow {
  const id = call.params.workflow_id!;
  return named(call.repo.workflows, (each) => String(each.id) === id || each.path.endsWith(`/${id}`));
}

const runOf = (call: Call) => byId(call.repo.runs, call.params.run_id!);
const artifactOf = (call: Call) => byId(call.repo.artifacts, call.params.artifact_id!);

/** `status` asks for a status or a conclusion. */
function runs(call: Call, path: string, all: readonly WorkflowRun[]) {
  const asked = (name: string, ...values: readonly (string | null)[]) => {
    const wanted = call.query.get(name);
    return wanted === null || values.includes(wanted);
  };
  const matching = all.filter(
    (run) =>
      asked('event', run.event) &&
      asked('branch', run.headBranch) &&
      asked('head_sha', run.headSha) &&
      asked('actor', run.actor) &&
      asked('status', run.status, run.conclusion),
  );
  const { items, headers } = page(call, `/repos/${fullName(call.repo)}${path}`, matching.toReversed());
  return ok(
    {
      total_count: matching.length,
      workflow_runs: items.map((run) => runObject(call.state, call.urls, call.repo, run)),
    },
    headers,
  );
}

function artifacts(call: Call, path: string, all: readonly Artifact[]) {
  const name = call.query.get('name');
  const matching = all.filter((each) => name === null || each.name === name).toReversed();
  const { items, headers } = page(call, `/repos/${fullName(call.repo)}${path}`, matching);
  return ok(
    {
      total_count: matching.length,
      artifacts: items.map((each) => artifactObject(call.state, call.urls, call.repo, each)),
    },
    headers,
  );
}

function rerun(call: Call) {
  const run = runOf(call);
  if (run.status !== 'completed') throw new Refusal(403, 'This workflow run is already running');
  run.attempt += 1;
  run.status = 'queued';
  run.conclusion = null;
  return { status: 201, body: {} };
}

export const actionsRoutes: Handlers = {
  'actions/get-workflow': (call) => ok(workflowObject(call.urls, call.repo, workflowOf(call))),
  'actions/create-workflow-dispatch': (call) => {
    const workflow = workflowOf(call);
    const ref = String(call.body.ref);
    const sha = resolveRef(call.repo, ref);
    if (sha === undefined) throw invalid(`No ref found for: ${ref}`);
    call.repo.runs.push({
      id: call.state.nextId(),
      number: call.repo.runs.length + 1,
      workflow: workflow.id,
      event: 'workflow_dispatch',
      headRepo: fullName(call.repo),
      headBranch: ref.replace(/^refs\/heads\//, ''),
      headSha: sha,
      actor: call.token.login,
      createdAt: call.state.now(),
      attempt: 1,
      status: 'queued',
      conclusion: null,
    });
    return noContent;
  },
  'actions/list-workflow-runs-for-repo': (call) => runs(call, '/actions/runs', call.repo.runs),
  'actions/list-workflow-runs': (call) => {
    const { id } = workflowOf(call);
    const ofWorkflow = call.repo.runs.filter((run) => run.workflow === id);
    return runs(call, `/actions/workflows/${call.params.workflow_id}/runs`, ofWorkflow);
  },
  'actions/get-workflow-run': (call) => ok(runObject(call.state, call.urls, call.repo, runOf(call))),
  'actions/re-run-workflow': rerun,
  'actions/re-run-workflow-failed-jobs': rerun,
  'actions/list-workflow-run-artifacts': (call) => {
    const { id } = runOf(call);
    const ofRun = call.repo.artifacts.filter((each) => each.run === id);
    return artifacts(call, `/actions/runs/${id}/artifacts`, ofRun);
  },
  'actions/list-artifacts-for-repo': (call) => artifacts(call, '/actions/artifacts', call.repo.artifacts),
  'actions/get-github-actions-default-workflow-permissions-repository': (call) =>
    ok({
      default_workflow_permissions: call.repo.workflowPermissions,
      can_approve_pull_request_reviews: false,
    }),
  'actions/get-artifact': (call) => ok(artifactObject(call.state, call.urls, call.repo, artifactOf(call))),
  'actions/download-artifact': (call) => {
    const { id, expired } = artifactOf(call);
    if (expired) throw new Refusal(410, 'Artifact has expired');
    return {
      status: 302,
      headers: { location: `${call.urls.storage}/artifacts/${call.repo.id}/${id}?sig=fake` },
    };
  },
};
