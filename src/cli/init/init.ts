import { lstat, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { unknownChip } from '../../config/unknown-chip.ts';
import { messageOf, quote, UserError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { chipNamed, type NamedChip } from '../../targets/chip-names.ts';
import { findFiles } from '../find-files.ts';
import type { World } from '../world.ts';
import { configText } from './config-text.ts';
import { matchData } from './detect.ts';
import { workflows } from './workflows.ts';

const MAX_MODELS = 64;

/**
 * Writes a commented quantgate.yml for the models and data of a repository, and the workflows that gate its pull
 * requests, report on them and obey commands. All or nothing.
 *
 * @returns 0
 * @throws UserError for a name that is no target's, or when one of the files is there already and `force` is not set, or cannot be written
 */
export async function init(
  options: { readonly force?: boolean; readonly target?: readonly string[] },
  world: Pick<World, 'cwd' | 'print'>,
): Promise<number> {
  const targets = options.target?.map(namedTarget);
  const models = (await findFiles(world.cwd, ['.onnx'])).filter(isPlain).slice(0, MAX_MODELS);
  const data = (await findFiles(world.cwd, ['.npy', '.npz', 'images.csv'])).filter(isPlain);
  const found = matchData(models, data);
  const files = { 'quantgate.yml': configText(found, targets), ...workflows };
  if (!options.force) await refuseExisting(world.cwd, Object.keys(files));
  for (const [path, text] of Object.entries(files)) {
    await writeInside(world.cwd, path, text);
    world.print(`wrote ${path}`);
  }
  for (const { model, inputs } of found)
    world.print(`${model}: ${inputs === undefined ? 'no data were found near it' : `data ${inputs}`}`);
  if (found.length === 0) world.print('no .onnx file was found: quantgate.yml names an example');
  world.print(
    'next: check the data and the budget in quantgate.yml, write the commit of a release into the workflows, then run quantgate run and quantgate doctor',
  );
  return 0;
}

function namedTarget(name: string): NamedChip {
  const named = chipNamed(name);
  if (named === undefined) throw new UserError(`--target ${quote(name)} ${unknownChip(name)}`);
  return named;
}

/** A name that a quantgate.yml may hold. */
function isPlain(path: string): boolean {
  return path.length <= 1024 && !/[\\\p{Cc}]/u.test(path);
}

async function refuseExisting(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isThere = await lstat(join(root, path)).then(
      () => true,
      () => false,
    );
    if (isThere) throw new UserError(`${path} is there already: remove it, or overwrite it with --force`);
  }
}

/** @throws UserError when a link leads out of the repository, or the file cannot be written */
async function writeInside(root: string, path: string, text: string): Promise<void> {
  const target = join(root, path);
  try {
    await makeFolder(dirname(target));
    const folder = await realpath(dirname(target));
    const isInside = `${folder}${sep}`.startsWith(`${await realpath(root)}${sep}`);
    const isLink = await lstat(target).then(
      (info) => info.isSymbolicLink(),
      () => false,
    );
    if (!isInside || isLink) throw new Error('a link leads elsewhere');
    await writeFile(target, text);
  } catch (error) {
    throw new UserError(`${path} cannot be written (${messageOf(error)}): make the folder writable`);
  }
}
