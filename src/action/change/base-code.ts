import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { quote, UserError } from '../../errors.ts';
import type { ChangedFile } from '../../github/pull-request.ts';
import type { Tree } from '../../github/tree.ts';
import type { BaseFiles } from './base-data.ts';
import { type DecidedNames, decidedNames } from './base-names.ts';
import type { ConfigPlace } from './config-place.ts';
import { algorithmOf, blobId, contentId } from './content-id.ts';
import { modulesOf } from './watched-files.ts';

/** Which code of the checkout may run in the gate: the base's. */
export interface BaseCode {
  /** Absolute, with all links followed. */
  readonly root: string;
  readonly tree: Tree;
  /** What the base has in place of files that differ in the checkout, by path. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** Whether packages of the job, in a `node_modules` that git does not have, are those of the base. */
  readonly trustsPackages: boolean;
  /** Code of the change that the base has otherwise or not at all. */
  readonly changed: readonly string[];
  readonly names: DecidedNames;
}

const CODE = /\.(m?js|cjs|json|node|wasm)$/;
const PACKAGES =
  /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|\.npmrc|\.yarnrc\.yml|\.pnpmfile\.c?js)$/;

/** Files that are fetched at most; what is not fetched does not run. */
const MAX_FILES = 100;

/**
 * Which code may run for a configuration; undefined where it names no module. A module imports what it likes, so this is of all
 * code of the checkout.
 *
 * @param root absolute, with all links followed
 * @throws UserError when it cannot be told, or the base's version of changed code cannot be had
 */
export async function baseCode(
  config: Config,
  root: ConfigPlace['root'],
  { tree, changed, read }: BaseFiles,
): Promise<BaseCode | undefined> {
  const [module] = modulesOf(config);
  if (module === undefined) return undefined;
  if (tree === undefined)
    throw new UserError(
      `GitHub does not tell which code the base has, so that of module ${quote(module)} does not run: run again`,
    );
  const code = [...tree.keys()].filter(isCode);
  const differing: string[] = [];
  for (const path of code) {
    if (await isSame(join(root, path), tree.get(path)!)) continue;
    await refuseLink(path, root);
    differing.push(path);
  }
  const sources = new Map<string, Uint8Array>();
  for (const path of differing.slice(0, MAX_FILES)) {
    const source = await read(path);
    if (source !== undefined) sources.set(path, source);
  }
  const files = changed?.files ?? [];
  const isKnown = changed?.complete === true;
  return {
    root,
    tree,
    sources,
    trustsPackages: isKnown && !files.some(decidesPackages),
    changed: [...new Set([...differing, ...files.map(({ path }) => path).filter(isCode)])],
    names: await decidedNames({ differing, sources }, root, { tree, changed }),
  };
}

/** Whether a file may be loaded as code. */
export function isCode(path: string): boolean {
  return CODE.test(path);
}

/** Whether a change decides which packages are installed. */
export function decidesPackages({ path, previousPath }: ChangedFile): boolean {
  return [path, previousPath ?? path].some(
    (each) => namesPackages(each) || each.split('/').includes('node_modules'),
  );
}

/** Whether a file says which packages are installed. */
export function namesPackages(path: string): boolean {
  return PACKAGES.test(path);
}

async function isSame(path: string, id: string): Promise<boolean> {
  const here = await contentId(path, algorithmOf(id));
  return here?.blobs.includes(id) ?? false;
}

/** Code is loaded by its real path, so that a link would lead out of what is looked at here. */
async function refuseLink(path: string, root: string): Promise<void> {
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined || real === join(root, path)) return;
  throw new UserError(
    `${quote(path)} is a link that the base does not have, so no code of a module runs: replace it by the file itself`,
  );
}

/** What runs when the file at a path of the checkout is asked for. */
export type Allowed =
  | { readonly run: 'file' }
  | { readonly run: 'base'; readonly source: Uint8Array }
  | { readonly run: 'nothing'; readonly why: string };

/**
 * @param path relative to the root, with `/`
 * @param read gives the content of the file there
 */
export function allowed(
  { tree, sources, trustsPackages }: BaseCode,
  path: string,
  read: () => Uint8Array,
): Allowed {
  const source = sources.get(path);
  if (source !== undefined) return { run: 'base', source };
  const id = tree.get(path);
  if (id !== undefined && blobId(read(), algorithmOf(id)) === id) return { run: 'file' };
  const nothing = (why: string) =>
    ({ run: 'nothing', why: `${path} ${why}, so its code does not run` }) as const;
  if (id !== undefined) return nothing('is not as in the base commit');
  if (!path.split('/').includes('node_modules')) return nothing('is not in the base commit');
  return trustsPackages
    ? { run: 'file' }
    : nothing('is of a package, and the change decides which ones are installed');
}

/**
 * Why code does not stand for the name that it is asked for by; undefined where it does, as in the base.
 *
 * @param path relative to the root, with `/`
 * @param isWhole whether it was asked for by its place and whole name, which means one file alone
 */
export function renamedBecause(
  { tree, names }: Pick<BaseCode, 'tree' | 'names'>,
  path: string,
  isWhole: boolean,
): string | undefined {
  // Packages of the job are trusted or not, all together.
  if (path.split('/').includes('node_modules') && !tree.has(path)) return undefined;
  const isRead = path.endsWith('.js') || !isWhole;
  const by = (isRead ? names.byPackage : undefined) ?? (isWhole ? undefined : names.byRemoval);
  return by === undefined
    ? undefined
    : `the change of ${by} may decide that ${path} is loaded, or how, so its code does not run`;
}
