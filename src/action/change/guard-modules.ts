import { readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../errors.ts';
import { allowed, type BaseCode, renamedBecause } from './base-code.ts';

interface LoadResult {
  readonly format?: string;
  readonly source?: string | Uint8Array;
  readonly shortCircuit?: boolean;
}
type NextLoad = (url: string, context: object) => LoadResult;
interface ResolveResult {
  readonly url: string;
}
type NextResolve = (specifier: string, context: object) => ResolveResult;

/** Of Node 22.15 and later, which the Action runs on; types are those of the oldest that the command line runs on. */
const { registerHooks } = nodeModule as unknown as {
  readonly registerHooks?: (hooks: {
    readonly resolve: (
      specifier: string,
      context: { readonly parentURL?: string },
      next: NextResolve,
    ) => ResolveResult;
    readonly load: (url: string, context: { readonly format?: string }, next: NextLoad) => LoadResult;
  }) => void;
};

const TEXT = ['module', 'commonjs', 'json'];

const own = dirname(fileURLToPath(import.meta.url));

/**
 * From now on loads no code of the checkout but the base's, whoever imports it and however.
 *
 * @throws UserError where Node cannot do that, and code differs
 */
export function guardModules(code: BaseCode): void {
  if (registerHooks === undefined) {
    if (code.changed.length === 0 && code.trustsPackages) return;
    throw new UserError(
      `the change brings code (${code.changed[0] ?? 'packages'}), which a module of the configuration may load: judge it with Node 22.15 or later`,
    );
  }
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const path = pathWithin(code.root, found.url);
      const why = path && renamedBecause(code, path, isWhole(specifier, context.parentURL, found.url));
      if (why !== undefined) throw new UserError(why);
      return found;
    },
    load(url, context, next) {
      const path = pathWithin(code.root, url);
      if (path === undefined) return next(url, context);
      const found = allowed(code, path, () => readFileSync(fileURLToPath(url)));
      if (found.run === 'file') return next(url, context);
      if (found.run === 'nothing') throw new UserError(found.why);
      if (!TEXT.includes(context.format ?? ''))
        throw new UserError(`${path} is not as in the base commit, and no text, so its code does not run`);
      const source = Buffer.from(found.source).toString('utf8');
      return { format: context.format, source, shortCircuit: true };
    },
  });
}

/** Whether the place and whole name of a file were asked for, not a name that something else resolves. */
function isWhole(specifier: string, parent: string | undefined, url: string): boolean {
  if (isAbsolute(specifier)) return fileURLToPath(url) === specifier;
  if (!/^(\.{1,2}\/|file:)/.test(specifier) || !URL.canParse(specifier, parent)) return false;
  return new URL(specifier, parent).pathname === new URL(url).pathname;
}

/** Relative to the root, with `/`; undefined for what is no file of the checkout. */
function pathWithin(root: string, url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const file = fileURLToPath(url);
  const way = relative(root, file);
  if (way.split(sep)[0] === '..' || way === file) return undefined;
  // The code of the Action itself, where a workflow runs it out of its own checkout.
  if (!relative(own, file).startsWith('..')) return undefined;
  return way.split(sep).join('/');
}
