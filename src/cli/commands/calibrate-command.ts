import { parseShard } from '../../data/shard.ts';
import { calibrateModel } from '../../pipeline/calibrate.ts';
import { forEachModel } from '../../pipeline/failure.ts';
import { prepare } from '../../pipeline/prepare.ts';
import { saveCalibration } from '../../pipeline/shard-files.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { type ComputeOptions, openComputation, refuseIncomplete } from '../compute.ts';
import { sayNext } from '../say-next.ts';
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
  const problems = await forEachModel(config.models, context.signal, async (model) => {
    const calibration = await calibrateModel(await prepare(model, context), context, shard);
    const path = await saveCalibration(out, model.name, calibration, shard);
    world.print(`${model.name}: ${calibration.histograms.size} tensors, in ${path}`);
  });
  refuseIncomplete(problems);
  const files = shard === undefined ? 'this file' : 'the files of all shards';
  sayNext(`judge with it: \`${shellCommand('run', '--calibration')}\` and ${files}`, world);
  return 0;
}
