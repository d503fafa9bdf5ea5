import { open } from 'node:fs/promises';

const LFS = 'version https://git-lfs.github.com/spec/';

/** Whether a file is what Git LFS leaves in place of one that was not fetched. */
export async function isLfsPointer(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LFS.length), 0, LFS.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === LFS;
  } finally {
    await file.close();
  }
}
