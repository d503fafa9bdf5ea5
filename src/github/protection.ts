import type { Api, Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { readProtectionChecks, readProtectionOwners, requireByProtection } from './branch-protection.ts';
import type { Changes, CheckOfApp, RequiredCheck } from './required-check.ts';
import { readRulesetChecks, readRulesetOwners, requireByRuleset } from './ruleset.ts';

/**
 * Makes a job a required check of a branch: by a ruleset, which does not touch the rules of others, or by classic branch
 * protection where the plan or the server has no rulesets. Nothing is changed where either requires it already.
 *
 * @throws ApiError when a call fails; UserError when it must be done by hand
 */
export async function requireCheck(api: Api, repository: Repository, check: RequiredCheck): Promise<Changes> {
  const { state, hasRulesets } = await readRequirement(api, repository, check);
  if (state === 'pinned') return [];
  return hasRulesets ? requireByRuleset(api, repository, check) : requireByProtection(api, repository, check);
}

export interface Requirement {
  /** Whether the branch requires the check: pinned to its App, of any App, or not at all. */
  readonly state: 'pinned' | 'of any App' | 'not required';
  /** False where the plan or the server has none. */
  readonly hasRulesets: boolean;
}

/** @throws ApiError when a call fails */
export async function readRequirement(
  api: Api,
  repository: Repository,
  { branch, name, app }: RequiredCheck,
): Promise<Requirement> {
  const ofRulesets = await unlessNone(readRulesetChecks(api, repository, branch));
  const hasRulesets = ofRulesets !== undefined;
  const named = (checks: readonly CheckOfApp[] = []) => checks.filter((each) => each.name === name);
  const isPinned = (checks: readonly CheckOfApp[]) => checks.some((each) => each.app === app);
  const byRules = named(ofRulesets);
  if (isPinned(byRules)) return { state: 'pinned', hasRulesets };
  const all = [...byRules, ...named(await readProtectionChecks(api, repository, branch))];
  const state = isPinned(all) ? 'pinned' : all.length > 0 ? 'of any App' : 'not required';
  return { state, hasRulesets };
}

/**
 * Whether a branch requires reviews of code owners, by a ruleset or by classic protection.
 *
 * @throws ApiError when a call fails
 */
export async function requiresOwners(api: Api, repository: Repository, branch: string): Promise<boolean> {
  const byRules = (await unlessNone(readRulesetOwners(api, repository, branch))) ?? false;
  return byRules || readProtectionOwners(api, repository, branch);
}

async function unlessNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasStatus(error, 403, 404)) return undefined;
    throw error;
  }
}
