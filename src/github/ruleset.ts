import { z } from 'zod';
import { type Api, call, list, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import type { Changes, CheckOfApp, RequiredCheck } from './required-check.ts';
import { id, name } from './shapes.ts';

const RULESET = 'quantgate';
const MAX_LISTED = 1000;
const needs = ['administration: write'] as const;

const checks = z.array(z.object({ context: name, integration_id: id.nullish() })).max(1000);
const rule = z.looseObject({ type: z.string().max(64), parameters: z.looseObject({}).optional() });
const statusChecks = z.looseObject({
  type: z.literal('required_status_checks'),
  parameters: z.looseObject({ required_status_checks: checks }),
});
const refs = z.array(name).max(1000);
const ruleset = z.object({
  id,
  name,
  target: z.string().max(32).optional(),
  enforcement: z.string().max(32),
  conditions: z.looseObject({ ref_name: z.object({ include: refs, exclude: refs }) }).nullish(),
  rules: z.array(rule).max(200),
  bypass_actors: z.array(z.looseObject({})).max(200).optional(),
});
type Ruleset = z.infer<typeof ruleset>;
type Rule = z.infer<typeof rule>;

/**
 * Requires a check by a repository ruleset: one of ours, `quantgate`, beside whatever rules there are.
 *
 * @throws ApiError
 */
export async function requireByRuleset(
  api: Api,
  repository: Repository,
  check: RequiredCheck,
): Promise<Changes> {
  const existing = await findRuleset(api, repository);
  if (existing === undefined) {
    await create(api, repository, check);
    return [`created ruleset "${RULESET}", which requires "${check.name}" on ${check.branch}`];
  }
  const { id, ...changed } = withCheck(existing, check);
  await send(api, 'PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}', {
    ...repository,
    ...changed,
    ruleset_id: id,
  });
  return [
    `ruleset "${RULESET}" requires "${check.name}" on ${check.branch}`,
    ...(existing.enforcement === 'active'
      ? []
      : [`ruleset "${RULESET}" is active, it was ${existing.enforcement}`]),
  ];
}

/** A ruleset that requires the check on its branch, all else as it was. */
function withCheck(ruleset: Ruleset, check: RequiredCheck): Ruleset {
  const { conditions, rules } = ruleset;
  const { include, exclude } = conditions?.ref_name ?? { include: [], exclude: [] };
  const ref = `refs/heads/${check.branch}`;
  const added = include.includes('~ALL') || include.includes(ref) ? include : [...include, ref];
  const at = rules.findIndex(({ type }) => type === 'required_status_checks');
  return {
    ...ruleset,
    enforcement: 'active',
    conditions: {
      ...conditions,
      ref_name: { include: added, exclude: exclude.filter((each) => each !== ref) },
    },
    rules:
      at < 0
        ? [...rules, newRule(check)]
        : rules.map((rule, index) => (index === at ? extendRule(rule, check) : rule)),
  };
}

function extendRule(rule: Rule, check: RequiredCheck): Rule {
  const parsed = statusChecks.safeParse(rule);
  if (!parsed.success) return newRule(check);
  const others = parsed.data.parameters.required_status_checks.filter(
    ({ context }) => context !== check.name,
  );
  return { ...rule, parameters: { ...rule.parameters, required_status_checks: [...others, pinned(check)] } };
}

function newRuleset(check: RequiredCheck) {
  return {
    name: RULESET,
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: [`refs/heads/${check.branch}`], exclude: [] } },
    rules: [newRule(check)],
  };
}

function newRule(check: RequiredCheck): Rule {
  return {
    type: 'required_status_checks',
    parameters: { required_status_checks: [pinned(check)], strict_required_status_checks_policy: false },
  };
}

function pinned({ name, app }: RequiredCheck) {
  return { context: name, integration_id: app };
}

async function isRequired(api: Api, repository: Repository, check: RequiredCheck): Promise<boolean> {
  const checks = await readRulesetChecks(api, repository, check.branch);
  return checks.some(({ name, app }) => name === check.name && app === check.app);
}

async function create(api: Api, repository: Repository, check: RequiredCheck): Promise<void> {
  try {
    await send(api, 'POST /repos/{owner}/{repo}/rulesets', { ...repository, ...newRuleset(check) });
  } catch (error) {
    // It is there when the answer to an earlier try was cut off, or when someone else does the same.
    if (!hasStatus(error, 422) || !(await isRequired(api, repository, check))) throw error;
  }
}

/**
 * The checks that active rulesets of the repository and its organization require of a branch.
 *
 * @throws ApiError; status 403 or 404 where the plan or server has no rulesets
 */
export async function readRulesetChecks(
  api: Api,
  repository: Repository,
  branch: string,
): Promise<readonly CheckOfApp[]> {
  const rules = await readRules(api, repository, branch);
  const required = rules.flatMap(
    (rule) => statusChecks.safeParse(rule).data?.parameters.required_status_checks ?? [],
  );
  return required.map(({ context, integration_id }) => ({ name: context, app: integration_id ?? undefined }));
}

/**
 * Whether an active ruleset requires reviews of code owners on a branch.
 *
 * @throws ApiError as `readRulesetChecks`
 */
export async function readRulesetOwners(api: Api, repository: Repository, branch: string): Promise<boolean> {
  const rules = await readRules(api, repository, branch);
  return rules.some(
    ({ type, parameters }) => type === 'pull_request' && parameters?.require_code_owner_review === true,
  );
}

async function readRules(api: Api, repository: Repository, branch: string): Promise<readonly Rule[]> {
  const { items } = await list(
    api,
    {
      purpose: `read the rules of branch ${branch}`,
      route: 'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      parameters: { ...repository, branch },
      needs,
      answer: rule,
    },
    MAX_LISTED,
  );
  return items;
}

async function findRuleset(api: Api, repository: Repository): Promise<Ruleset | undefined> {
  const { items } = await list(
    api,
    {
      purpose: 'list the rulesets of the repository',
      route: 'GET /repos/{owner}/{repo}/rulesets',
      parameters: { ...repository, includes_parents: false },
      needs,
      answer: z.object({ id, name, target: z.string().max(32).optional() }),
    },
    MAX_LISTED,
  );
  const ours = items.find(({ name, target }) => name === RULESET && target !== 'tag');
  if (ours === undefined) return undefined;
  return call(api, {
    purpose: `read ruleset "${RULESET}"`,
    route: 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}',
    parameters: { ...repository, ruleset_id: ours.id },
    needs,
    answer: ruleset,
  });
}

function send(api: Api, route: string, parameters: Readonly<Record<string, unknown>>) {
  return call(api, {
    purpose: `write ruleset "${RULESET}"`,
    route,
    parameters,
    needs,
    answer: z.object({ id }),
  });
}
