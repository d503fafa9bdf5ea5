import { join, posix } from 'node:path';
import { z } from 'zod';
import { tryJson } from '../../json.ts';
import { readText } from '../../read-file.ts';
import type { BaseFiles } from './base-data.ts';

/** Where a change decides which file the name of code stands for: none of what is loaded need be changed. */
export interface DecidedNames {
  /** A package.json that says it otherwise, or is new. */
  readonly byPackage: string | undefined;
  /** A file that is gone, so that a name without its ending may stand for another one. */
  readonly byRemoval: string | undefined;
}

/**
 * @param code paths of code that is not as in the base, and what the base has there
 * @param root absolute
 */
export async function decidedNames(
  {
    differing,
    sources,
  }: { readonly differing: readonly string[]; readonly sources: ReadonlyMap<string, Uint8Array> },
  root: string,
  { tree, changed }: Pick<BaseFiles, 'tree' | 'changed'>,
): Promise<DecidedNames> {
  const files = changed?.files ?? [];
  const added = files.map(({ path }) => path).filter((path) => !tree?.has(path));
  let byPackage: string | undefined;
  for (const path of [...differing, ...added].filter((each) => posix.basename(each) === 'package.json')) {
    const here = await readText(join(root, path), MAX_BYTES).catch(() => '');
    const theirs = Buffer.from(sources.get(path) ?? '').toString('utf8');
    if (said(here) !== said(theirs)) byPackage ??= path;
  }
  const removed = files.flatMap(({ path, previousPath, status }) =>
    status === 'removed' ? path : (previousPath ?? []),
  );
  return { byPackage, byRemoval: removed[0] };
}

const MAX_BYTES = 2 ** 20;

/** What decides how names are resolved, and files read. */
const fields = z.object({
  name: z.unknown().optional(),
  type: z.unknown().optional(),
  main: z.unknown().optional(),
  imports: z.unknown().optional(),
  exports: z.unknown().optional(),
});

/** @param text '' where there is none: a new file ends what one above it says */
function said(text: string): string {
  const found = tryJson(text, fields);
  return found === undefined ? text : JSON.stringify(found);
}
