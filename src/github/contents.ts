import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import { type Api, call, type Repository } from './api.ts';
import { ApiError, hasStatus } from './api-error.ts';
import { repositoryPath } from './repository-path.ts';
import { commitSha, ignored } from './shapes.ts';

/** Up to here the contents API holds the file itself. */
const INLINE = 2 ** 20;
const MAX_BYTES = 2 ** 27;

export interface RepositoryFile {
  /** Hash of the blob. */
  readonly sha: string;
  readonly bytes: Uint8Array;
}

const base64 = z.string().max(Math.ceil(MAX_BYTES / 3) * 4 * 1.1);
const entry = z.union([
  z.object({
    type: z.literal('file'),
    size: z.int().min(0),
    sha: commitSha,
    encoding: z.string().max(16),
    content: base64,
  }),
  z.object({ type: z.enum(['dir', 'symlink', 'submodule']) }),
  z.array(z.unknown()),
]);
const blob = z.object({ encoding: z.literal('base64'), content: base64 });

/** A file of a repository at a commit. */
export interface FileAt {
  /** 40 hex digits (64 of a SHA-256 repository): a branch would be another file a moment later. */
  readonly commit: string;
  readonly path: string;
}

/**
 * A file at a commit, by the API and without a checkout; undefined if there is none of this path.
 *
 * @param most bytes, at most 128 MiB
 * @throws UserError when the path or commit is not valid, when it is no file or too large; ApiError when a call fails
 */
export async function readFileAt(
  api: Api,
  repository: Repository,
  { commit, path }: FileAt,
  most = INLINE,
): Promise<Uint8Array | undefined> {
  if (!commitSha.safeParse(commit).success) {
    throw new UserError(`${quote(commit)} is not a commit: give its 40 hex digits`);
  }
  return (await readFileOf(api, repository, { ref: commit, path }, most))?.bytes;
}

/** `readFileAt` for any ref, such as a branch, with the blob's sha that writing needs. */
export async function readFileOf(
  api: Api,
  repository: Repository,
  { ref, path }: { readonly ref: string; readonly path: string },
  most = INLINE,
): Promise<RepositoryFile | undefined> {
  const purpose = `read ${path} at ${ref}`;
  const found = await unlessMissing(
    call(api, {
      purpose,
      route: 'GET /repos/{owner}/{repo}/contents/{path}',
      parameters: { ...repository, path: repositoryPath(path), ref },
      needs: ['contents: read'],
      answer: entry,
    }),
  );
  if (found === undefined) return undefined;
  if (!('sha' in found)) throw new UserError(`cannot ${purpose}: it is not a file: give the path of a file`);
  const { sha, size } = found;
  if (size > Math.min(most, MAX_BYTES)) {
    throw new UserError(`cannot ${purpose}: it has ${size} bytes, at most ${most} are read: make it smaller`);
  }
  // Larger files come with encoding "none".
  const content = found.encoding === 'base64' ? found.content : await readBlob(api, repository, sha, purpose);
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length !== size) {
    throw new ApiError(
      `cannot ${purpose}: GitHub states ${size} bytes and sent ${bytes.length}: run again`,
      'unexpected',
    );
  }
  return { sha, bytes };
}

/**
 * Whether the token sees the files of a commit at all: GitHub answers "not found" for what is hidden, too.
 *
 * @throws ApiError when it does not
 */
export async function checkReadable(api: Api, repository: Repository, commit: string): Promise<void> {
  await call(api, {
    purpose: `read commit ${commit}`,
    route: 'GET /repos/{owner}/{repo}/git/commits/{commit}',
    parameters: { ...repository, commit },
    needs: ['contents: read'],
    answer: ignored,
  });
}

async function readBlob(api: Api, repository: Repository, sha: string, purpose: string): Promise<string> {
  const { content } = await call(api, {
    purpose,
    route: 'GET /repos/{owner}/{repo}/git/blobs/{sha}',
    parameters: { ...repository, sha },
    needs: ['contents: read'],
    answer: blob,
  });
  return content;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
