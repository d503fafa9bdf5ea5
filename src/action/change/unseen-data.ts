import type { Config } from '../../config/config.ts';
import { quote } from '../../errors.ts';
import { isCode } from './base-code.ts';
import type { BaseFiles } from './base-data.ts';
import type { ConfigPlace } from './config-place.ts';
import { externalDataOf, modulesOf, namedBy, touches } from './watched-files.ts';

const MAX_NAMED = 3;

/** What no measurement depends on. */
const ELSEWHERE = /(^\.github\/|\.(md|txt)$|(^|\/)LICENSE)/;

/**
 * Why a change may bring what modules measure it with: they read what they like, so each file that the base has and the
 * change changes may be theirs, unless it is a model, code, or known as data.
 */
export async function unseenData(
  config: Config,
  place: Pick<ConfigPlace, 'root' | 'folder' | 'inRepository'>,
  { tree, changed }: Pick<BaseFiles, 'tree' | 'changed'>,
): Promise<readonly string[]> {
  const [module] = modulesOf(config);
  if (module === undefined) return [];
  const reads = `module ${quote(module)} reads what it likes`;
  if (changed?.complete !== true) return [`${reads}, and GitHub does not tell all that the change changes`];
  const known = [...(await namedBy(config, place)), ...((await externalDataOf(config, place)) ?? [])];
  const unknown = changed.files.filter(({ path, previousPath }) => {
    const before = previousPath ?? path;
    const isOfBase = tree?.has(before) ?? true;
    const isKnown = known.some((each) =>
      touches({ path: before, previousPath: undefined, status: '' }, each),
    );
    return (
      isOfBase && !isKnown && before !== place.inRepository && !ELSEWHERE.test(before) && !isCode(before)
    );
  });
  if (unknown.length === 0) return [];
  const names = unknown.slice(0, MAX_NAMED).map(({ path }) => quote(path));
  const more = unknown.length > names.length ? ` and ${unknown.length - names.length} more` : '';
  return [`${reads}, and the change changes ${names.join(', ')}${more}`];
}
