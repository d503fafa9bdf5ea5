import { opendir } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** What lies in a repository that a model or its data may be. */
export interface Survey {
  /** Regular files, as sorted relative paths with "/". */
  readonly files: readonly string[];
  /** How many pictures lie in a folder itself, by its relative path; that of the root is empty. */
  readonly pictures: ReadonlyMap<string, number>;
  /** The same of serialized tensors. */
  readonly tensors: ReadonlyMap<string, number>;
  /** Why not all of the tree was looked at; undefined where it was. */
  readonly cut: string | undefined;
}

const MAX_ENTRIES = 300_000;
const MAX_DEPTH = 12;
const MAX_MS = 20_000;
/** Of paths that a quantgate.yml may hold. */
const MAX_PATH = 1024;

const SKIPPED = new Set([
  'node_modules',
  'quantgate-out',
  'quantgate-baseline',
  'site-packages',
  '__pycache__',
  'venv',
]);
const LISTED = new Set(['.onnx', '.npy', '.npz', '.parquet', '.csv', '.json', '.dvc']);
const PICTURES = new Set(['.png', '.jpg', '.jpeg']);

/**
 * Lists models and data below `root`, the nearest first: no hidden and installed folders, nothing that git ignores unless
 * DVC tracks it, no symbolic links, no names with control characters. A folder of very many pictures is counted.
 *
 * @param ignored relative paths, those of folders with "/" at their end
 * @param tracked relative paths that DVC tracks, whatever git ignores
 * @param now milliseconds
 */
export async function surveyOf(
  root: string,
  ignored: ReadonlySet<string>,
  tracked: ReadonlySet<string>,
  now: () => number,
): Promise<Survey> {
  const files: string[] = [];
  const pictures = new Map<string, number>();
  const tensors = new Map<string, number>();
  const end = now() + MAX_MS;
  let entries = 0;
  let cut: string | undefined;
  const open: { readonly folder: string; readonly depth: number }[] = [{ folder: '', depth: 0 }];
  for (let next = open.shift(); next !== undefined && cut === undefined; next = open.shift()) {
    const { folder, depth } = next;
    const names: { readonly name: string; readonly isFolder: boolean }[] = [];
    for await (const entry of entriesOf(join(root, folder))) {
      if (++entries > MAX_ENTRIES) cut = `it has more than ${MAX_ENTRIES} entries`;
      else if (now() > end) cut = `that took longer than ${MAX_MS / 1000} seconds`;
      if (cut !== undefined) break;
      names.push({ name: entry.name, isFolder: entry.isDirectory() });
    }
    const here = new Set(names.map(({ name }) => name));
    for (const { name, isFolder } of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const isTracked = here.has(`${name}.dvc`) || tracked.has(path);
      if (path.length > MAX_PATH || !isPlain(name)) continue;
      if (!isTracked && ignored.has(isFolder ? `${path}/` : path)) continue;
      if (isFolder) {
        if (!name.startsWith('.') && !SKIPPED.has(name) && depth < MAX_DEPTH)
          open.push({ folder: path, depth: depth + 1 });
        continue;
      }
      const kind = extname(name).toLowerCase();
      if (LISTED.has(kind) || name === '.gitattributes') files.push(path);
      else if (PICTURES.has(kind)) pictures.set(folder, (pictures.get(folder) ?? 0) + 1);
      else if (kind === '.pb') tensors.set(folder, (tensors.get(folder) ?? 0) + 1);
    }
  }
  return { files: files.sort(), pictures, tensors, cut };
}

/** Files and folders; links lead elsewhere, and a folder that cannot be read has none. */
async function* entriesOf(folder: string) {
  try {
    for await (const entry of await opendir(folder, { bufferSize: 256 }))
      if (entry.isFile() || entry.isDirectory()) yield entry;
  } catch {
    // What this user may not read is no model of theirs.
  }
}

/** A name that a quantgate.yml may hold. */
function isPlain(name: string): boolean {
  return !/[\\\p{Cc}\ufffd]/u.test(name);
}
