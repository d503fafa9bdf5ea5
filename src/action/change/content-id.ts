import { createHash } from 'node:crypto';
import { lstat, readlink } from 'node:fs/promises';
import { piecesOf } from '../../read-file.ts';

/** What identifies the content of a file. */
export interface ContentId {
  /** SHA-256 of the content. */
  readonly sha256: string;
  /** Git's ids of the blobs that this file is checked out of: the content itself, or a pointer of Git LFS to it. */
  readonly blobs: readonly string[];
}

/**
 * Reads a file once, in a stream; of a link, where it leads to is the content.
 *
 * @param path absolute
 * @param algorithm of the repository's ids
 * @returns undefined where there is neither a file nor a link
 */
export async function contentId(path: string, algorithm: 'sha1' | 'sha256'): Promise<ContentId | undefined> {
  const kind = await lstat(path).catch(() => undefined);
  if (kind?.isSymbolicLink()) {
    const target = Buffer.from(await readlink(path));
    return {
      sha256: createHash('sha256').update(target).digest('hex'),
      blobs: [blobId(target, algorithm)],
    };
  }
  if (!kind?.isFile()) return undefined;
  const content = createHash('sha256');
  const blob = createHash(algorithm).update(`blob ${kind.size}\0`);
  for await (const piece of piecesOf(path)) {
    content.update(piece);
    blob.update(piece);
  }
  const sha256 = content.digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${kind.size}\n`;
  return { sha256, blobs: [blob.digest('hex'), blobId(Buffer.from(pointer), algorithm)] };
}

/** Which algorithm an id of a repository is made by. */
export function algorithmOf(id: string): 'sha1' | 'sha256' {
  return id.length === 64 ? 'sha256' : 'sha1';
}

/** Git's id of a blob. */
export function blobId(content: Uint8Array, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest('hex');
}
