import { join, resolve } from 'node:path';
import { printable, quote, UserError } from '../../errors.ts';
import { verifyChipFiles } from '../../formats/manifest.ts';
import { readArtifact } from '../../github/artifacts.ts';
import { readPullRequest } from '../../github/pull-request.ts';
import { canonicalId } from '../../targets/chip-names.ts';
import { parseRepository } from '../github.ts';
import type { World } from '../world.ts';
import { findChip } from './find-chip.ts';
import { isEmptyFolder, writeFolder } from './write-folder.ts';

export interface PullOptions {
  readonly repo: string;
  readonly pr: string;
  readonly target: string;
  readonly model?: string;
  readonly out?: string;
}

/**
 * Fetches the parameter files that the newest finished gate of a pull request's head made for one target, verifies them
 * by their manifest, and writes them into a new folder, all or nothing.
 *
 * @returns 0
 * @throws UserError when there are none, they are not as the manifest says, or the folder cannot be written; ApiError
 */
export async function pull(
  options: PullOptions,
  world: Pick<World, 'cwd' | 'print' | 'signal' | 'github'>,
): Promise<number> {
  const repository = parseRepository(options.repo);
  const number = parseNumber(options.pr);
  const { model } = options;
  const target = canonicalId(options.target);
  if (!/^[a-z0-9-]{1,64}$/.test(target))
    throw new UserError(`--target ${quote(target)} is no target: name one as the report does, such as snpe`);
  if (options.out !== undefined) await isEmptyFolder(resolve(world.cwd, options.out));

  const api = world.github();
  const found = await readPullRequest(api, repository, number);
  const { run, artifact } = await findChip(api, repository, found, { target, model });
  const where = `artifact ${printable(artifact.name)} of run ${run.id}`;
  const files = await readArtifact(api, repository, artifact);
  const manifest = verifyChipFiles(files, where);
  if (manifest.target !== target || artifact.name !== `quantgate-${manifest.model}-${target}`) {
    throw new UserError(
      `${where} is refused: it is of model ${manifest.model} for ${manifest.target}: do not use it, run the gate again`,
    );
  }

  const out = options.out ?? artifact.name;
  world.signal.throwIfAborted();
  await writeFolder(resolve(world.cwd, out), files);
  for (const name of files.keys()) world.print(join(out, name));
  world.print(
    `${manifest.model} for ${target}: ${files.size} files of run ${run.id}, commit ${run.head}, verified; README.md says how to use them`,
  );
  return 0;
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError(`--pr ${quote(text)} is no pull request: give its number`);
}
