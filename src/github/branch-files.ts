import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { commitSha } from './shapes.ts';

const object = z.object({ sha: commitSha });
const TRIES = 4;

/**
 * Makes files all that a branch has, in one commit on top of what it was; a branch that is not there begins with it.
 *
 * @param filesFor gives the files, and is asked again where somebody pushed in between
 * @throws ApiError when a call fails, or the branch moves each time
 */
export async function replaceFiles(
  api: Api,
  repository: Repository,
  branch: string,
  message: string,
  filesFor: () => Promise<ReadonlyMap<string, string>>,
): Promise<void> {
  for (let tries = TRIES; ; tries--) {
    const tip = await branchTip(api, repository, branch);
    const files = await filesFor();
    const tree = await call(api, {
      purpose: `write the files of ${branch}`,
      route: 'POST /repos/{owner}/{repo}/git/trees',
      parameters: {
        ...repository,
        tree: [...files].map(([path, content]) => ({ path, mode: '100644', type: 'blob', content })),
      },
      needs: ['contents: write'],
      answer: object,
    });
    const commit = await call(api, {
      purpose: `commit to ${branch}`,
      route: 'POST /repos/{owner}/{repo}/git/commits',
      parameters: { ...repository, message, tree: tree.sha, parents: tip === undefined ? [] : [tip] },
      needs: ['contents: write'],
      answer: object,
    });
    try {
      await moveTo(api, repository, { branch, from: tip, to: commit.sha });
      return;
    } catch (error) {
      // Another job of a matrix, or another push, was first.
      if (!hasStatus(error, 422) || tries === 1) throw error;
    }
  }
}

/** The newest commit of a branch; undefined where there is no such branch. */
export async function branchTip(
  api: Api,
  repository: Repository,
  branch: string,
): Promise<string | undefined> {
  try {
    const found = await call(api, {
      purpose: `find branch ${branch}`,
      route: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
      parameters: { ...repository, ref: `heads/${branch}` },
      needs: ['contents: read'],
      answer: z.object({ object }),
    });
    return found.object.sha;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    return undefined;
  }
}

async function moveTo(
  api: Api,
  repository: Repository,
  { branch, from, to }: { readonly branch: string; readonly from: string | undefined; readonly to: string },
): Promise<void> {
  const rest = { needs: ['contents: write'], answer: z.object({ ref: z.string().max(1024) }) } as const;
  if (from === undefined) {
    await call(api, {
      purpose: `create branch ${branch}`,
      route: 'POST /repos/{owner}/{repo}/git/refs',
      parameters: { ...repository, ref: `refs/heads/${branch}`, sha: to },
      ...rest,
    });
    return;
  }
  await call(api, {
    purpose: `move branch ${branch}`,
    route: 'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
    parameters: { ...repository, ref: `heads/${branch}`, sha: to, force: false },
    ...rest,
  });
}
