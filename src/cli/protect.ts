import { quote, UserError } from '../errors.ts';
import { requireByProtection } from '../github/branch-protection.ts';
import { requireCheck } from '../github/protection.ts';
import { assertBranch, readDefaultBranch } from '../github/repository.ts';
import { readActionsApp } from '../github/required-check.ts';
import { parseRepository } from './github.ts';
import type { World } from './world.ts';

export interface ProtectOptions {
  readonly repo: string;
  readonly check: string;
  readonly branch?: string;
  readonly classic?: boolean;
}

/**
 * Makes the gate's job a required check of a branch, pinned to the App of GitHub Actions: by a ruleset, or by classic
 * branch protection if asked for or if there are no rulesets. Says what was changed; doing it again changes nothing.
 *
 * @returns 0
 * @throws UserError when it must be done by hand; ApiError when a call fails
 */
export async function protect(
  options: ProtectOptions,
  world: Pick<World, 'print' | 'github'>,
): Promise<number> {
  const repository = parseRepository(options.repo);
  const name = options.check;
  if (name.trim() === '' || name.length > 100)
    throw new UserError(`--check ${quote(name)} is no name: give that of the gate's job`);
  const api = world.github();
  const branch = options.branch ?? (await readDefaultBranch(api, repository));
  if (options.branch !== undefined) await assertBranch(api, repository, branch);
  const check = { branch, name, app: await readActionsApp(api) };
  const require = options.classic ? requireByProtection : requireCheck;
  const changes = await require(api, repository, check);
  for (const line of changes) world.print(line);
  if (changes.length === 0) world.print(`${branch} requires "${name}" already: nothing was changed`);
  return 0;
}
