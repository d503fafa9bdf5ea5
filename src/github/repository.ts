import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { ignored, name } from './shapes.ts';

/** Nothing that git would not take, which would end a line of a message. */
const branchName = name.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);

/** @throws ApiError */
export async function readDefaultBranch(api: Api, repository: Repository): Promise<string> {
  const { default_branch } = await call(api, {
    purpose: `read the repository ${repository.owner}/${repository.repo}`,
    route: 'GET /repos/{owner}/{repo}',
    parameters: { ...repository },
    needs: [],
    answer: z.object({ default_branch: branchName }),
  });
  return default_branch;
}

/**
 * Makes sure that a branch is there: rules can be made for any name.
 *
 * @throws ApiError; status 404 when it is not
 */
export async function assertBranch(api: Api, repository: Repository, branch: string): Promise<void> {
  await call(api, {
    purpose: `read branch ${branch}`,
    route: 'GET /repos/{owner}/{repo}/branches/{branch}',
    parameters: { ...repository, branch },
    needs: ['contents: read'],
    answer: ignored,
  });
}

/**
 * What a job's token may do where its workflow says nothing of permissions.
 *
 * @throws ApiError
 */
export async function readDefaultPermissions(api: Api, repository: Repository): Promise<'read' | 'write'> {
  const { default_workflow_permissions } = await call(api, {
    purpose: 'read the default permissions of workflows',
    route: 'GET /repos/{owner}/{repo}/actions/permissions/workflow',
    parameters: { ...repository },
    needs: ['administration: read'],
    answer: z.object({ default_workflow_permissions: z.enum(['read', 'write']) }),
  });
  return default_workflow_permissions;
}
