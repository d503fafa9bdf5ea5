import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  type Calibration,
  mergeCalibrations,
  writeCalibration,
} from '../../calibration/calibration-record.ts';
import { UserError } from '../../errors.ts';
import { readCalibrationFile } from '../../pipeline/shard-files.ts';
import { ensureFolder, shardFiles } from '../compute.ts';
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
  await ensureFolder(dirname(path));
  await writeFile(path, writeCalibration(name!, mergeCalibrations(shards)));
  world.print(`${name}: ${shards.length} shards merged, in ${options.out}`);
  return 0;
}
