import type { Api, Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { readProtectionChecks, requireByProtection } from './branch-protection.ts';
import type { Changes, CheckOfApp, RequiredCheck } from './required-check.ts';
import { readRulesetChecks, requireByRuleset } from './ruleset.ts';

/**
 * Makes a job a required check of a branch: by a ruleset, which does not touch the rules of others, or by classic branch
 * protection where the plan or the server has no rulesets. Doing it again changes nothing.
 *
 * @throws ApiError when a call fails; UserError when it must be done by hand
 */
export async function requireCheck(api: Api, repository: Repository, check: RequiredCheck): Promise<Changes> {
  try {
    return await requireByRuleset(api, repository, check);
  } catch (error) {
    if (!hasStatus(error, 403, 404)) throw error;
    return requireByProtection(api, repository, check);
  }
}

/**
 * Whether a branch requires a check: pinned to its App, of any App, or not at all.
 *
 * @throws ApiError when a call fails
 */
export async function readRequirement(
  api: Api,
  repository: Repository,
  { branch, name, app }: RequiredCheck,
): Promise<'pinned' | 'of any App' | 'not required'> {
  const stated = (checks: readonly CheckOfApp[]) => checks.filter((each) => each.name === name);
  const isPinned = (checks: readonly CheckOfApp[]) => checks.some((each) => each.app === app);
  const byRules = stated(await orNone(readRulesetChecks(api, repository, branch)));
  if (isPinned(byRules)) return 'pinned';
  const byProtection = stated((await readProtectionChecks(api, repository, branch)) ?? []);
  if (isPinned(byProtection)) return 'pinned';
  return byRules.length + byProtection.length > 0 ? 'of any App' : 'not required';
}

/** No rulesets where the plan or the server has none. */
async function orNone(checks: Promise<readonly CheckOfApp[]>): Promise<readonly CheckOfApp[]> {
  try {
    return await checks;
  } catch (error) {
    if (hasStatus(error, 403, 404)) return [];
    throw error;
  }
}
