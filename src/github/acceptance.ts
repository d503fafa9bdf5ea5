import { z } from 'zod';
import { quote } from '../errors.ts';
import { sha256Hex } from '../sha256.ts';
import { commitSha, date, id, login, name } from './shapes.ts';

/** All that a verdict depends on. */
const binding = z.strictObject({
  head: commitSha,
  /** The pull request that it was accepted on, and the branch that it goes into: another one may judge it otherwise. */
  pullRequest: id,
  branch: name,
  configSha256: sha256Hex,
  /** Null where there was none to compare with. */
  baselineSha256: sha256Hex.nullable(),
  /** By name of the model. */
  models: z.record(name, sha256Hex).refine((models) => Object.keys(models).length <= 1000),
});
export type Binding = Readonly<z.infer<typeof binding>>;

/** Somebody's decision to merge in spite of a verdict, which is void for anything but what they saw. */
export const acceptanceSchema = z.strictObject({
  quantgateAcceptance: z.literal(1),
  binding,
  by: login,
  reason: z.string().min(1).max(500),
  date,
});
export type Acceptance = Readonly<z.infer<typeof acceptanceSchema>>;

export interface Asker {
  /** Whether they may push to the repository. */
  readonly mayWrite: boolean;
  /** Whether the pull request is theirs. */
  readonly isAuthor: boolean;
  /** Whether the head commit is theirs, or was pushed by them. */
  readonly isPusher: boolean;
}

/**
 * Why somebody's acceptance is not taken, in words; undefined if it is.
 *
 * @param sha the commit that they name
 * @param head the pull request's head now
 */
export function refusal(
  asker: Asker,
  sha: string,
  head: string,
  policy: { readonly authorMayAccept: boolean },
): string | undefined {
  if (!asker.mayWrite) return 'only people who may push to the repository can accept';
  if (asker.isAuthor && !policy.authorMayAccept) return 'the author of a pull request cannot accept it';
  if (asker.isPusher && !policy.authorMayAccept) return 'who made or pushed the commit cannot accept it';
  if (sha !== head) return `the head of the pull request is ${head}: look at its report and accept that`;
  return undefined;
}

/**
 * Why an acceptance does not hold for what is judged now, in words; undefined if it does.
 *
 * @param models the names of those that must be the very same; all of both if left out
 */
export function voidBecause(
  { binding }: Acceptance,
  now: Binding,
  models: readonly string[] = [...Object.keys(binding.models), ...Object.keys(now.models)],
): string | undefined {
  if (binding.head !== now.head) return 'something was pushed since';
  if (binding.pullRequest !== now.pullRequest || binding.branch !== now.branch)
    return `it is of pull request ${binding.pullRequest} into ${quote(binding.branch)}`;
  if (binding.configSha256 !== now.configSha256) return 'the configuration has changed since';
  if (binding.baselineSha256 !== now.baselineSha256) return 'the baseline has changed since';
  for (const name of new Set(models)) {
    const isSame =
      Object.hasOwn(binding.models, name) &&
      Object.hasOwn(now.models, name) &&
      binding.models[name] === now.models[name];
    if (!isSame) return `model ${name} has changed since`;
  }
  return undefined;
}
