import { open } from 'node:fs/promises';

const LFS = 'version https://git-lfs.github.com/spec/';

/** Whether a file is what Git LFS leaves in place of one that was not fetched. */
export async function isLfsPointer(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LFS.length), 0, LFS.length, 0);
    return isPointer(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Whether content is such a pointer. */
export function isPointer(content: Uint8Array): boolean {
  return Buffer.from(content.subarray(0, LFS.length)).toString('latin1') === LFS;
}

/** Whether a `.gitattributes` gives files to Git LFS. */
export function givesToLfs(attributes: string): boolean {
  return /^[^#\n]*\sfilter=lfs(\s|$)/m.test(attributes);
}
