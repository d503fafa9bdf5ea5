import { posix } from 'node:path';
import type { Config } from '../../config/config.ts';
import { quote } from '../../errors.ts';
import type { BaseFiles } from './base-data.ts';
import type { ConfigPlace } from './config-place.ts';
import { contentOf } from './same-content.ts';
import { commandsOf, modelsOf } from './watched-files.ts';

/** What is read by people. */
const PROSE = /(\.md|(^|\/)LICENSE)$/;

/**
 * Why no command of a configuration runs; undefined where they may. A command loads and reads what it likes, and there is no
 * door at which the base's code could take the place of changed code, as there is for modules. So it runs only where the
 * checkout has, beside models with external data that are named after them, and prose, what the base has: no file of it is changed, added or left as it was in an older
 * commit.
 */
export async function refusalOfCommands(
  config: Config,
  place: Pick<ConfigPlace, 'root' | 'folder' | 'inRepository'>,
  { tree, changed }: Pick<BaseFiles, 'tree' | 'changed'>,
): Promise<string | undefined> {
  const commands = commandsOf(config);
  if (commands.length === 0) return undefined;
  if (tree === undefined || changed?.complete !== true)
    return 'GitHub does not tell all that the change changes, and a command may run any of it: run again';
  const inRepository = (path: string) => posix.join(place.folder, path);
  const named = new Set(commands.flat().map(inRepository));
  // Links, and external data that a model names, are the change's to choose: only what is named after a model is its.
  const models = config.models.flatMap(modelsOf).map(inRepository);
  const isModel = (path: string) => models.some((model) => path.startsWith(model));
  const isHarmless = (path: string) =>
    isModel(path) || (!named.has(path) && (path === place.inRepository || PROSE.test(path)));
  const touched = changed.files
    .flatMap(({ path, previousPath }) => [path, previousPath ?? path])
    .find((path) => !isHarmless(path));
  if (touched !== undefined)
    return `the change changes ${quote(touched)}, which it may run or read: merge that by itself first`;
  const paths = [...tree.keys()].filter((path) => !isHarmless(path));
  const other = (await contentOf(paths, place.root, tree)).find(({ state }) => state !== 'same');
  return (
    other && `${quote(other.path)} is not as in the base commit, and it may run or read it: update the branch`
  );
}
