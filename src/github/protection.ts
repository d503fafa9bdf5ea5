import type { Api, Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { requireByProtection } from './branch-protection.ts';
import type { Changes, RequiredCheck } from './required-check.ts';
import { requireByRuleset } from './ruleset.ts';

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
