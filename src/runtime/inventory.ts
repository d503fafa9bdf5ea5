import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { tryJson } from '../json.ts';

/** Written last, so that a folder without it was never finished. */
const FILE = 'installed.json';

const inventory = z.strictObject({ files: z.array(z.tuple([z.string(), z.int()])).min(1) });

/** Lists every file of a finished installation with its size in bytes, in a file of the folder itself. */
export async function writeInventory(folder: string): Promise<void> {
  const files: [string, number][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.push([relative(folder, path), (await stat(path)).size]);
  }
  await writeFile(join(folder, FILE), JSON.stringify({ files }));
}

/** Whether an installation was finished, and every file of it is still there in full. */
export async function isComplete(folder: string): Promise<boolean> {
  try {
    const listed = tryJson(await readFile(join(folder, FILE), 'utf8'), inventory);
    if (listed === undefined) return false;
    const { files } = listed;
    const sizes = await Promise.all(files.map(async ([path]) => (await stat(join(folder, path))).size));
    return sizes.every((size, i) => size === files[i][1]);
  } catch {
    return false;
  }
}
