import { parseShard } from '../../data/shard.ts';
import { calibrateModel } from '../../pipeline/calibrate.ts';
import { prepare } from '../../pipeline/prepare.ts';
import { saveCalibration } from '../../pipeline/shard-files.ts';
import { type ComputeOptions, openComputation } from '../compute.ts';
import type { World } from '../world.ts';

/**
 * Writes the histograms of all calibration samples, or of one shard of them.
 *
 * @throws UserError as `runCommand`
 */
export async function calibrateCommand(
  options: ComputeOptions & { readonly shard?: string },
  world: World,
): Promise<number> {
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const { config, context, out } = await openComputation(options, world);
  for (const model of config.models) {
    const calibration = await calibrateModel(await prepare(model, context), context, shard);
    const path = await saveCalibration(out, model.name, calibration, shard);
    world.print(`${model.name}: ${calibration.histograms.size} tensors, in ${path}`);
  }
  return 0;
}
