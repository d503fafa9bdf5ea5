import { dirname, resolve } from 'node:path';
import {
  type Calibration,
  mergeCalibrations,
  writeCalibration,
} from '../../calibration/calibration-record.ts';
import { messageOf, UserError } from '../../errors.ts';
import { readCalibrationFile } from '../../pipeline/shard-files.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { writeWhole } from '../../write-whole.ts';
import { ensureFolder, shardFiles } from '../compute.ts';
import { sayNext } from '../say-next.ts';
import type { World } from '../world.ts';

/**
 * Merges the calibration shards of one model.
 *
 * @throws UserError when they are of several, or overlap
 */
export async function mergeCommand(
  files: readonly string[],
  options: { readonly out: string },
  world: World,
): Promise<number> {
  const shards: Calibration[] = [];
  let name: string | undefined;
  for (const file of shardFiles(files, world)) {
    const { model, calibration } = await readCalibrationFile(file);
    if (name !== undefined && model !== name)
      throw new UserError(
        `${file.where} is of model "${model}", others of "${name}": merge one model at a time`,
      );
    name = model;
    shards.push(calibration);
  }
  const path = resolve(world.cwd, options.out);
  await ensureFolder(dirname(path), world);
  const merged = writeCalibration(name!, mergeCalibrations(shards));
  await writeWhole(path, merged).catch((error) => {
    throw new UserError(
      `${options.out} cannot be written (${messageOf(error)}): choose another file with --out`,
    );
  });
  world.print(`${name}: ${shards.length} shards merged, in ${options.out}`);
  sayNext(`judge with it: \`${shellCommand('run', '--calibration', options.out)}\``, world);
  return 0;
}
