import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import type { Changes, CheckOfApp, RequiredCheck } from './required-check.ts';
import { ignored, name } from './shapes.ts';

const PROTECTION = '/repos/{owner}/{repo}/branches/{branch}/protection';
const needs = ['administration: write'] as const;

const checks = z.array(z.object({ context: name, app_id: z.int().nullable() })).max(1000);

const reviews = z.object({ require_code_owner_reviews: z.boolean().optional() });

/**
 * Requires a check by the classic protection of a branch, all else of it as it was. A branch that is not protected
 * becomes so by this check alone.
 *
 * @throws ApiError; UserError for a protection that requires no checks, which the API can only write as a whole
 */
export async function requireByProtection(
  api: Api,
  repository: Repository,
  check: RequiredCheck,
): Promise<Changes> {
  const { branch, name, app } = check;
  const required = await readProtectionChecks(api, repository, branch);
  if (required === undefined) return protect(api, repository, check);
  if (required.some((each) => each.name === name && each.app === app)) return [];
  await pin(
    api,
    repository,
    check,
    required.filter((each) => each.name !== name),
  );
  return [`the protection of ${branch} requires "${name}"`];
}

async function pin(
  api: Api,
  repository: Repository,
  { branch, name, app }: RequiredCheck,
  others: readonly CheckOfApp[],
): Promise<void> {
  // Null stands for any App when read, -1 when written.
  const kept = others.map((each) => ({ context: each.name, app_id: each.app ?? -1 }));
  await call(api, {
    purpose: `require "${name}" on ${branch}`,
    route: `PATCH ${PROTECTION}/required_status_checks`,
    parameters: { ...repository, branch, checks: [...kept, { context: name, app_id: app }] },
    needs,
    answer: ignored,
  });
}

async function protect(api: Api, repository: Repository, check: RequiredCheck): Promise<Changes> {
  const { branch, name } = check;
  if (await isProtected(api, repository, branch)) {
    throw new UserError(
      `the protection of ${branch} requires no status checks: turn on "Require status checks to pass" for it in the ` +
        'settings of the repository, then run again',
    );
  }
  await call(api, {
    purpose: `protect ${branch}`,
    route: `PUT ${PROTECTION}`,
    parameters: {
      ...repository,
      branch,
      // Here GitHub's description wants names without Apps, which may not be given together with them.
      required_status_checks: { strict: false, contexts: [name] },
      enforce_admins: null,
      required_pull_request_reviews: null,
      restrictions: null,
    },
    needs,
    answer: ignored,
  });
  await pin(api, repository, check, []);
  return [`protected ${branch}, which requires "${name}"`];
}

/**
 * The checks that the classic protection of a branch requires; undefined when there is none, or it requires no checks.
 *
 * @throws ApiError
 */
export async function readProtectionChecks(
  api: Api,
  repository: Repository,
  branch: string,
): Promise<readonly CheckOfApp[] | undefined> {
  try {
    const found = await call(api, {
      purpose: `read the checks that ${branch} requires`,
      route: `GET ${PROTECTION}/required_status_checks`,
      parameters: { ...repository, branch },
      needs,
      answer: z.object({ checks }),
    });
    return found.checks.map(({ context, app_id }) => ({ name: context, app: app_id ?? undefined }));
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * Whether the classic protection of a branch requires reviews of code owners.
 *
 * @throws ApiError
 */
export async function readProtectionOwners(
  api: Api,
  repository: Repository,
  branch: string,
): Promise<boolean> {
  const found = await readProtection(api, repository, branch);
  return found?.required_pull_request_reviews?.require_code_owner_reviews ?? false;
}

async function isProtected(api: Api, repository: Repository, branch: string): Promise<boolean> {
  return (await readProtection(api, repository, branch)) !== undefined;
}

async function readProtection(api: Api, repository: Repository, branch: string) {
  try {
    return await call(api, {
      purpose: `read the protection of ${branch}`,
      route: `GET ${PROTECTION}`,
      parameters: { ...repository, branch },
      needs,
      answer: z.object({ required_pull_request_reviews: reviews.optional() }),
    });
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
