import { byId, type Call, created, type Handlers, ok, page, Refusal } from '../answer.ts';
import { resolveRef } from '../git.ts';
import { checkRunObject, simpleStatus, statusObject } from '../objects/check.ts';
import { minimalRepository, repoUrl } from '../objects/repository.ts';
import { type CheckRun, fullName } from '../state.ts';

type Output = { title?: string; summary?: string; text?: string; annotations?: unknown[] };

const shown = (call: Call, check: CheckRun) => checkRunObject(call.state, call.urls, call.repo, check);

function commitOf(call: Call, ref: string): string {
  const sha = resolveRef(call.repo, ref);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  return sha;
}

/** Fields that are not in the request stay as they are; annotations are added to those that are there. */
function change(check: CheckRun, call: Call): void {
  const { name, status, conclusion, external_id, details_url, completed_at, output } = call.body;
  if (typeof name === 'string') check.name = name;
  if (typeof external_id === 'string') check.externalId = external_id;
  if (typeof details_url === 'string') check.detailsUrl = details_url;
  if (typeof status === 'string') check.status = status;
  if (typeof conclusion === 'string') {
    check.conclusion = conclusion;
    check.status = 'completed';
    check.completedAt = typeof completed_at === 'string' ? completed_at : call.state.now();
  }
  if (output !== undefined) {
    const { title, summary, text, annotations = [] } = output as Output;
    check.output = {
      title: title ?? check.output.title,
      summary: summary ?? check.output.summary,
      text: text ?? check.output.text,
      annotations: check.output.annotations + annotations.length,
    };
  }
}

export const checkRoutes: Handlers = {
  'checks/create': (call) => {
    const check: CheckRun = {
      id: call.state.nextId(),
      headSha: commitOf(call, String(call.body.head_sha)),
      startedAt: call.state.now(),
      name: '',
      status: 'queued',
      conclusion: null,
      completedAt: null,
      externalId: '',
      detailsUrl: null,
      output: { title: null, summary: null, text: null, annotations: 0 },
    };
    change(check, call);
    call.repo.checkRuns.push(check);
    return created(shown(call, check));
  },
  'checks/update': (call) => {
    const check = byId(call.repo.checkRuns, call.params.check_run_id!);
    change(check, call);
    return ok(shown(call, check));
  },
  'checks/get': (call) => ok(shown(call, byId(call.repo.checkRuns, call.params.check_run_id!))),
  'checks/list-for-ref': (call) => {
    const sha = commitOf(call, call.params.ref!);
    const name = call.query.get('check_name');
    const all = call.repo.checkRuns.filter(
      (each) => each.headSha === sha && (name === null || each.name === name),
    );
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/commits/${sha}/check-runs`, all);
    return ok({ total_count: all.length, check_runs: items.map((each) => shown(call, each)) }, headers);
  },
  'repos/create-commit-status': (call) => {
    const { state, context = 'default', description = null, target_url = null } = call.body;
    const status = {
      id: call.state.nextId(),
      sha: commitOf(call, call.params.sha!),
      author: call.token.login,
      state: String(state),
      context: String(context),
      description: description as string | null,
      targetUrl: target_url as string | null,
      createdAt: call.state.now(),
    };
    call.repo.statuses.push(status);
    return created(statusObject(call.state, call.urls, call.repo, status));
  },
  'repos/list-commit-statuses-for-ref': (call) => {
    const sha = commitOf(call, call.params.ref!);
    const all = call.repo.statuses.filter((each) => each.sha === sha).toReversed();
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/commits/${sha}/statuses`, all);
    return ok(
      items.map((each) => statusObject(call.state, call.urls, call.repo, each)),
      headers,
    );
  },
  'repos/get-combined-status-for-ref': (call) => {
    const sha = commitOf(call, call.params.ref!);
    const latest = new Map(
      call.repo.statuses.filter((each) => each.sha === sha).map((each) => [each.context, each]),
    );
    const states = [...latest.values()].map((each) => each.state);
    const isBad = states.some((state) => state === 'failure' || state === 'error');
    const isGood = states.length > 0 && states.every((state) => state === 'success');
    return ok({
      state: isBad ? 'failure' : isGood ? 'success' : 'pending',
      sha,
      total_count: latest.size,
      statuses: [...latest.values()].map((each) => simpleStatus(call.urls, call.repo, each)),
      repository: minimalRepository(call.state, call.urls, call.repo),
      commit_url: `${repoUrl(call.urls, call.repo)}/commits/${sha}`,
      url: `${repoUrl(call.urls, call.repo)}/commits/${sha}/status`,
    });
  },
};
