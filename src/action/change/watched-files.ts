import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import type { Config, ModelConfig } from '../../config/config.ts';
import { relativePath } from '../../data/relative-path.ts';
import { splitMember } from '../../data/split-member.ts';
import { shownCommand } from '../../data/user-command.ts';
import { quote, UserError } from '../../errors.ts';
import type { ChangedFile } from '../../github/pull-request.ts';
import { metricFiles } from '../../metrics/index.ts';
import { readExternalNames } from '../../onnx/read-model.ts';
import type { ConfigPlace } from './config-place.ts';

/** A file or folder that a verdict depends on, by its path in the repository. */
export interface Watched {
  readonly path: string;
  readonly kind: 'configuration' | 'model' | 'data' | 'module';
}

/**
 * All files that the verdicts of a configuration depend on; undefined where that cannot be told: a module or command of the
 * user's own reads what it likes, and a model that cannot be read does not tell its external data.
 */
export async function watchedBy(config: Config, place: ConfigPlace): Promise<readonly Watched[] | undefined> {
  if (codeOf(config).length > 0) return undefined;
  const named = await namedBy(config, place);
  const external = await externalDataOf(config, place);
  if (external === undefined) return undefined;
  return [{ path: place.inRepository, kind: 'configuration' }, ...named, ...external];
}

/** The external data of all models; undefined where a model cannot be read. */
export async function externalDataOf(
  { models }: Config,
  { root, folder }: Pick<ConfigPlace, 'root' | 'folder'>,
): Promise<readonly Watched[] | undefined> {
  const external = await Promise.all(
    models.flatMap(modelsOf).map((path) => externalOf(posix.join(folder, path), root)),
  );
  return external.includes(undefined) ? undefined : external.flatMap((each) => each ?? []);
}

/** The modules that a configuration names, as it names them. */
export function modulesOf({ models }: Config): readonly string[] {
  return models.flatMap(dataOf).filter(isModule);
}

/** The commands that a configuration runs. */
export function commandsOf({ models }: Config): readonly (readonly string[])[] {
  return models.flatMap(({ evaluation: { metric } }) =>
    'command' in metric ? [metric.command.command] : [],
  );
}

/** The code that a configuration runs, in words: its modules and commands. */
export function codeOf(config: Config): readonly string[] {
  return [
    ...modulesOf(config).map((path) => `module ${quote(path)}`),
    ...commandsOf(config).map((command) => `command ${quote(shownCommand(command))}`),
  ];
}

/** Whether data or a metric are code. */
export function isModule(path: string): boolean {
  return /\.m?js$/.test(path);
}

/** The arguments of a command that are files of the folder. */
function scriptsOf({ evaluation: { metric } }: ModelConfig, folder: string): string[] {
  if (!('command' in metric)) return [];
  return metric.command.command.filter(
    (each) => relativePath.safeParse(each).success && existsSync(join(folder, each)),
  );
}

/** The models, data, modules and scripts that a configuration names, and the links that lead to them. */
export async function namedBy(
  { models }: Config,
  { root, folder }: Pick<ConfigPlace, 'root' | 'folder'>,
): Promise<readonly Watched[]> {
  const named = models.flatMap((model) => [
    ...modelsOf(model).map((path) => ({ path, kind: 'model' as const })),
    ...dataOf(model).map((path) => {
      return { path, kind: isModule(path) ? ('module' as const) : ('data' as const) };
    }),
    ...scriptsOf(model, join(root, folder)).map((path) => ({ path, kind: 'module' as const })),
  ]);
  const watched = named.map(async ({ path, kind }) => {
    const places = await placesOf(posix.join(folder, path), root);
    return places.map((each) => ({ path: each, kind }));
  });
  return (await Promise.all(watched)).flat();
}

/** Whether a change of this file may change what is watched; either may be a folder, or a submodule. */
export function touches({ path, previousPath }: ChangedFile, watched: Watched): boolean {
  // The images of a list lie anywhere below its folder.
  const reached = isImageList(watched.path) ? posix.dirname(watched.path) : watched.path;
  return [path, ...(previousPath === undefined ? [] : [previousPath])]
    .map(reachOf)
    .some((each) => isWithin(each, reached) || isWithin(reached, each));
}

export function isImageList(path: string): boolean {
  return path.endsWith('.csv');
}

/** Git attributes decide what a checkout makes of all files below their folder. */
function reachOf(path: string): string {
  return posix.basename(path) === '.gitattributes' ? posix.dirname(path) : path;
}

function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

/** The ONNX files of a model, as the configuration names them. */
export function modelsOf({ path, reference }: ModelConfig): string[] {
  return reference === undefined ? [path] : [path, reference];
}

/** Data, labels and modules, as the configuration names them. */
export function dataOf({ calibration, evaluation }: ModelConfig): string[] {
  const { labels, metric } = evaluation;
  const ofMetric = metricFiles(metric);
  const inputs = [calibration, evaluation].flatMap(({ inputs }) =>
    typeof inputs === 'string' ? inputs : [...inputs.values()],
  );
  return [
    ...[...inputs, ...(labels === undefined ? [] : [labels])].map((source) => splitMember(source).path),
    ...ofMetric.data,
    ...ofMetric.modules,
  ];
}

/** The external data of a model lie beside it, or where it is a link beside what that leads to; both are watched. */
async function externalOf(path: string, root: string): Promise<readonly Watched[] | undefined> {
  const real = (await placesOf(path, root)).at(-1)!;
  // Nothing outside of the repository is read.
  if (real.split('/')[0] === '..') return undefined;
  try {
    const names = await readExternalNames(join(root, real), path);
    const folders = new Set([path, real].map((each) => posix.dirname(each)));
    const wanted = [...folders].flatMap((folder) => names.map((name) => posix.join(folder, name)));
    const places = await Promise.all(wanted.map((each) => placesOf(each, root)));
    return [...new Set(places.flat())].map((each) => ({ path: each, kind: 'model' }));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** A path, every link on the way that it leads, and where that ends; all of it in the repository. */
export async function placesOf(path: string, root: string): Promise<readonly string[]> {
  const links: string[] = [];
  const left = path.split('/');
  let end = '';
  while (left.length > 0 && links.length <= MAX_LINKS) {
    const at = posix.join(end, left.shift()!);
    const target = await readlink(join(root, at)).catch(() => undefined);
    if (target === undefined) {
      end = at;
      continue;
    }
    links.push(at);
    if (isAbsolute(target)) end = '';
    left.unshift(...(isAbsolute(target) ? relative(root, target) : target).split(sep));
  }
  return [path, ...links, end];
}
