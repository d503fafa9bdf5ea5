import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file that appears whole or not at all, with the permissions of `mode`. What is there, be it a link, is replaced,
 * not written to.
 *
 * @throws Error of the system: the disk is full, the folder is not there or cannot be written
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { flag: 'wx', mode });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
