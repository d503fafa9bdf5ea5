import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { makeOwnFolder } from '../../make-folder.ts';

/**
 * Writes files of a repository: all of them or, where one cannot be written, none. What is there is replaced, but no link
 * is written to or through.
 *
 * @param files texts by relative path
 * @throws UserError naming the file that cannot be written
 */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const drafts = new Map<string, string>();
  try {
    for (const [path, text] of files) {
      const target = join(root, path);
      const draft = `${target}.${randomUUID()}`;
      await orRefuse(path, async () => {
        await makeOwnFolder(root, dirname(target));
        const there = await lstat(target).catch(() => undefined);
        if (there?.isSymbolicLink()) throw new Error('a link leads elsewhere');
        if (there !== undefined && !there.isFile()) throw new Error('it is no file');
        drafts.set(path, draft);
        await writeFile(draft, text, { flag: 'wx', mode: there?.mode });
      });
    }
    for (const [path, draft] of drafts) await orRefuse(path, () => rename(draft, join(root, path)));
  } finally {
    for (const draft of drafts.values()) await rm(draft, { force: true });
  }
}

async function orRefuse(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new UserError(`${path} cannot be written (${messageOf(error)}): make the folder writable`);
  }
}
