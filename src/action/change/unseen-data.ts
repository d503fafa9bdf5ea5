import type { Config } from '../../config/config.ts';
import { quote } from '../../errors.ts';
import { isCode, namesPackages } from './base-code.ts';
import type { BaseFiles } from './base-data.ts';
import type { ConfigPlace } from './config-place.ts';
import { externalDataOf, modulesOf, namedBy } from './watched-files.ts';

const MAX_NAMED = 3;

/** What no measurement depends on. */
const ELSEWHERE = /(^\.github\/|\.md$|(^|\/)LICENSE)/;

/**
 * Why a change may bring what modules measure it with: they read what they like, and list the folders that they like, so each
 * file that the change changes or adds may be theirs, unless it is a model, or code that is loaded as the base has it. What the
 * configuration names as data is the base's only for what quantgate reads itself.
 */
export async function unseenData(
  config: Config,
  place: Pick<ConfigPlace, 'root' | 'folder' | 'inRepository'>,
  { changed }: Pick<BaseFiles, 'changed'>,
): Promise<readonly string[]> {
  const [module] = modulesOf(config);
  if (module === undefined) return [];
  const reads = `module ${quote(module)} reads what it likes`;
  if (changed?.complete !== true) return [`${reads}, and GitHub does not tell all that the change changes`];
  const models = [
    ...(await namedBy(config, place)).filter(({ kind }) => kind === 'model'),
    ...((await externalDataOf(config, place)) ?? []),
  ];
  const known = new Set([place.inRepository, ...models.map(({ path }) => path)]);
  const isKnown = (path: string) =>
    known.has(path) ||
    ELSEWHERE.test(path) ||
    namesPackages(path) ||
    (isCode(path) && !path.endsWith('.json'));
  const unknown = changed.files.filter(({ path, previousPath }) =>
    [path, previousPath ?? path].some((each) => !isKnown(each)),
  );
  if (unknown.length === 0) return [];
  const names = unknown.slice(0, MAX_NAMED).map(({ path }) => quote(path));
  const more = unknown.length > names.length ? ` and ${unknown.length - names.length} more` : '';
  return [`${reads}, and the change changes ${names.join(', ')}${more}`];
}
