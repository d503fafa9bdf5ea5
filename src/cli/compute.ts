import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { messageOf, UserError } from '../errors.ts';
import { makeOwnFolder } from '../make-folder.ts';
import type { Context } from '../pipeline/prepare.ts';
import type { ShardFile } from '../pipeline/shard-files.ts';
import { openContext } from './context.ts';
import type { World } from './world.ts';

/** Options of every command that computes. */
export interface ComputeOptions {
  readonly config: string;
  readonly provider?: string;
  readonly out: string;
}

/** What a command that computes starts with. */
export interface Computation {
  readonly config: Config;
  readonly context: Context;
  /** Absolute folder that is there and can be written. */
  readonly out: string;
}

/**
 * Reads the configuration, starts ONNX Runtime and makes the folder `out`.
 *
 * @param adjusted the configuration to compute by, of the one that was read
 * @throws UserError when one of them does not work
 */
export async function openComputation(
  { config: path, provider, ...options }: ComputeOptions,
  world: World,
  adjusted: (config: Config) => Config = (config) => config,
): Promise<Computation> {
  const { config, context } = await openContext({ path, provider, adjusted }, world);
  const out = resolve(world.cwd, options.out);
  await ensureFolder(out, world);
  return { config, context, out };
}

/**
 * An output folder that cannot be written is found before the work, not after it. A repository can bring a link in its
 * place.
 *
 * @throws UserError
 */
export async function ensureFolder(folder: string, { cwd }: Pick<World, 'cwd'>): Promise<void> {
  try {
    await makeOwnFolder(cwd, folder);
    const probe = join(folder, `.quantgate-${randomUUID()}`);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    throw new UserError(
      `${folder} cannot be written (${messageOf(error)}): choose another folder with --out`,
    );
  }
}

/** @throws UserError with the lines of all models that failed, once the others are done */
export function refuseIncomplete(problems: readonly string[]): void {
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** Files that the command line names. */
export function shardFiles(names: readonly string[] | undefined, { cwd }: World): ShardFile[] {
  return (names ?? []).map((where) => ({ path: resolve(cwd, where), where }));
}
