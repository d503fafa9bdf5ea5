import { byId, type Call, created, type Handlers, invalid, ok, page, Refusal } from '../answer.ts';
import { protectionObject, rulesetObject } from '../objects/protection.ts';
import { fullName, type Protection, type Ruleset } from '../state.ts';

const rulesetOf = (call: Call) => byId(call.repo.rulesets, call.params.ruleset_id!);

type Conditions = { ref_name?: { include?: string[]; exclude?: string[] } };

/** Whether an active ruleset is about a branch. Of patterns, only `~ALL`, `~DEFAULT_BRANCH` and whole refs. */
function isAbout(call: Call, ruleset: Ruleset, branch: string): boolean {
  const { enforcement, conditions } = ruleset.fields;
  const names = [
    '~ALL',
    `refs/heads/${branch}`,
    ...(branch === call.repo.defaultBranch ? ['~DEFAULT_BRANCH'] : []),
  ];
  const { include = [], exclude = [] } = (conditions as Conditions | undefined)?.ref_name ?? {};
  const isNamed = (patterns: readonly string[]) => patterns.some((pattern) => names.includes(pattern));
  return enforcement === 'active' && isNamed(include) && !isNamed(exclude);
}

function protectionOf(call: Call): Protection {
  const protection = call.repo.protections.get(call.params.branch!);
  if (protection === undefined) throw new Refusal(404, 'Branch not protected');
  return protection;
}

type Checks = { strict?: boolean; contexts?: string[]; checks?: { context: string; app_id?: number }[] };

/** -1 stands for any App when written, null when read. */
const stored = (checks: NonNullable<Checks['checks']>): Protection['checks'] =>
  checks.map(({ context, app_id = -1 }) => ({ context, app_id: app_id === -1 ? null : app_id }));

function statusChecks(call: Call, protection: Protection): object {
  const { required_status_checks: shown } = protectionObject(
    call.urls,
    call.repo,
    call.params.branch!,
    protection,
  );
  if (shown === undefined) throw new Refusal(404, 'Required status checks not enabled');
  return shown;
}

export const protectionRoutes: Handlers = {
  'repos/get-repo-rulesets': (call) => {
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/rulesets`, call.repo.rulesets);
    return ok(
      items.map((each) => rulesetObject(call.urls, call.repo, each, true)),
      headers,
    );
  },
  'repos/get-repo-ruleset': (call) => ok(rulesetObject(call.urls, call.repo, rulesetOf(call), false)),
  'repos/create-repo-ruleset': (call) => {
    if (call.repo.rulesets.some((each) => each.fields.name === call.body.name))
      throw invalid('Validation Failed', [
        { resource: 'RepositoryRuleset', code: 'already_exists', field: 'name' },
      ]);
    const now = call.state.now();
    const ruleset = { id: call.state.nextId(), createdAt: now, updatedAt: now, fields: call.body };
    call.repo.rulesets.push(ruleset);
    return created(rulesetObject(call.urls, call.repo, ruleset, false));
  },
  'repos/update-repo-ruleset': (call) => {
    const ruleset = rulesetOf(call);
    ruleset.fields = { ...ruleset.fields, ...call.body };
    ruleset.updatedAt = call.state.now();
    return ok(rulesetObject(call.urls, call.repo, ruleset, false));
  },
  'repos/get-branch-rules': (call) => {
    const about = call.repo.rulesets.filter((each) => isAbout(call, each, call.params.branch!));
    const rules = about.flatMap((ruleset) =>
      ((ruleset.fields.rules ?? []) as object[]).map((rule) => ({
        ...rule,
        ruleset_source_type: 'Repository',
        ruleset_source: fullName(call.repo),
        ruleset_id: ruleset.id,
      })),
    );
    return ok(rules);
  },
  'repos/get-branch-protection': (call) => {
    return ok(protectionObject(call.urls, call.repo, call.params.branch!, protectionOf(call)));
  },
  'repos/get-status-checks-protection': (call) => ok(statusChecks(call, protectionOf(call))),
  'repos/update-status-check-protection': (call) => {
    const protection = protectionOf(call);
    statusChecks(call, protection);
    const { checks, strict = protection.strict } = call.body as Checks;
    const changed = { ...protection, strict, ...(checks && { checks: stored(checks) }) };
    call.repo.protections.set(call.params.branch!, changed);
    return ok(statusChecks(call, changed));
  },
  'repos/update-branch-protection': (call) => {
    const branch = call.params.branch!;
    if (!call.repo.refs.has(`heads/${branch}`)) throw new Refusal(404, 'Branch not found');
    const { required_status_checks, enforce_admins, required_pull_request_reviews } = call.body;
    const asked = required_status_checks as Checks | null;
    const checks = asked?.checks ?? asked?.contexts?.map((context) => ({ context }));
    const protection = {
      checks: checks && stored(checks),
      strict: asked?.strict ?? false,
      enforceAdmins: enforce_admins === true,
      reviews: (required_pull_request_reviews ?? undefined) as Readonly<Record<string, unknown>> | undefined,
    };
    call.repo.protections.set(branch, protection);
    return ok(protectionObject(call.urls, call.repo, branch, protection));
  },
};
