import { quote } from '../../errors.ts';
import type { ChangedFiles } from '../../github/pull-request.ts';
import type { Tree } from '../../github/tree.ts';
import type { ConfigPlace } from './config-place.ts';
import { contentPaths } from './content-paths.ts';
import type { Judging } from './judging-config.ts';
import { contentOf } from './same-content.ts';
import { touches, watchedBy } from './watched-files.ts';

/** What a change is proposed on; nothing of it is asked for before it is needed. */
export interface BaseState {
  readonly commit: string;
  /** Undefined where GitHub does not tell all of it. */
  tree(): Promise<Tree | undefined>;
  /** SHA-256 of what git did not have when the baselines were measured, by path; undefined where there are none. */
  measuredOn(): Promise<ReadonlyMap<string, string> | undefined>;
}

/**
 * Why nothing has to be measured, in words; undefined if something has, or it cannot be told. Neither the list of changed
 * files nor the contents alone say so: the list is that since a common ancestor, and a checkout may be of another commit.
 */
export async function unchangedBecause(
  { files, complete }: ChangedFiles,
  { config, proposed, problem, absent }: Judging,
  place: ConfigPlace,
  base: BaseState,
): Promise<string | undefined> {
  if (!complete || proposed !== undefined || problem !== undefined || absent !== undefined) return undefined;
  const watched = await watchedBy(config, place);
  if (watched === undefined) return undefined;
  if (files.some((file) => watched.some((each) => touches(file, each)))) return undefined;
  const tree = await base.tree();
  const paths = tree && (await contentPaths(config, place, tree));
  if (tree === undefined || paths === undefined) return undefined;
  const optional = new Set(paths.filter(({ isOptional }) => isOptional).map(({ path }) => path));
  const contents = await contentOf(
    paths.map(({ path }) => path),
    place.root,
    tree,
  );
  const isOther = contents.some(({ path, state, sha256 }) => {
    // What is neither here nor in the base may have been there when the baseline was measured.
    const isLost = sha256 === undefined && !optional.has(path);
    return state === 'other' || isLost;
  });
  if (isOther) return undefined;
  const untracked = contents.filter(({ state }) => state === 'untracked');
  const measuredOn = untracked.length === 0 ? new Map() : await base.measuredOn();
  const isMeasured = untracked.every(
    ({ path, sha256 }) => sha256 !== undefined && measuredOn?.get(path) === sha256,
  );
  if (!isMeasured) return undefined;
  const compared = contents.filter(({ state, sha256 }) => state === 'same' && sha256 !== undefined);
  return [
    `none of the ${files.length} changed files is a model, its data or the configuration`,
    `${named(compared)} as in base commit ${base.commit.slice(0, 12)}, by content`,
    ...(untracked.length === 0 ? [] : [`${named(untracked)} as the baseline was measured on, by content`]),
  ].join('; ');
}

const MAX_NAMED = 3;

function named(contents: readonly { readonly path: string }[]): string {
  const names = contents.slice(0, MAX_NAMED).map(({ path }) => quote(path));
  const more = contents.length - names.length;
  return more > 0
    ? `${names.join(', ')} and ${more} more are`
    : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
}
