import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { readFileOf } from './contents.ts';
import { commitSha } from './shapes.ts';

export interface TextChange {
  readonly path: string;
  /** The text that the change was made from. */
  readonly before: string;
  readonly after: string;
}

/** A change with the message of the commit that makes it. */
export interface FileCommit extends TextChange {
  readonly message: string;
}

export type Committed =
  | { readonly state: 'committed'; readonly commit: string }
  /** The file has this text. */
  | { readonly state: 'already' }
  /** The file is not what the change was made from. */
  | { readonly state: 'changed-meanwhile' };

const TRIES = 3;

/**
 * Commits the new text of a file to a branch, if it still has the old one. A commit of a job's token starts no
 * workflow: say so, or use an App's.
 *
 * @throws ApiError when a call fails, or the branch moves each time
 */
export async function commitFile(
  api: Api,
  repository: Repository,
  branch: string,
  change: FileCommit,
): Promise<Committed> {
  for (let tries = TRIES; ; tries--) {
    const file = await readFileOf(api, repository, { ref: branch, path: change.path });
    const text = file === undefined ? undefined : Buffer.from(file.bytes).toString();
    if (text === change.after) return { state: 'already' };
    if (file === undefined || text !== change.before) return { state: 'changed-meanwhile' };
    try {
      return { state: 'committed', commit: await put(api, repository, { branch, sha: file.sha }, change) };
    } catch (error) {
      // Somebody pushed in between, maybe to another file.
      if (!hasStatus(error, 409) || tries === 1) throw error;
    }
  }
}

async function put(
  api: Api,
  repository: Repository,
  { branch, sha }: { readonly branch: string; readonly sha: string },
  { path, after, message }: FileCommit,
): Promise<string> {
  const content = Buffer.from(after).toString('base64');
  const { commit } = await call(api, {
    purpose: `commit ${path} to ${branch}`,
    route: 'PUT /repos/{owner}/{repo}/contents/{path}',
    parameters: { ...repository, path, branch, message, content, sha },
    needs: ['contents: write'],
    answer: z.object({ commit: z.object({ sha: commitSha }) }),
  });
  return commit.sha;
}
