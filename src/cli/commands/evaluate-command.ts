import { parseShard } from '../../data/shard.ts';
import { calibrationOf } from '../../pipeline/calibrate.ts';
import { evaluateShard } from '../../pipeline/evaluate-shard.ts';
import { forEachModel } from '../../pipeline/failure.ts';
import { prepare } from '../../pipeline/prepare.ts';
import { readCalibrations, saveEvaluation } from '../../pipeline/shard-files.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { type ComputeOptions, openComputation, refuseIncomplete, shardFiles } from '../compute.ts';
import { sayNext } from '../say-next.ts';
import { checkNamedFolder, storeOf } from '../stored-baselines.ts';
import type { World } from '../world.ts';

/** Evaluates FP32 and every target of every model on a part of the evaluation samples, for `run --evaluation`. */
export async function evaluateCommand(
  options: ComputeOptions & {
    readonly shard: string;
    readonly baseline?: string;
    readonly calibration?: readonly string[];
  },
  world: World,
): Promise<number> {
  const shard = parseShard(options.shard);
  await checkNamedFolder(options.baseline, world.cwd);
  const { config, context, out } = await openComputation(options, world);
  const names = config.models.map(({ name }) => name);
  const calibrations = await readCalibrations(shardFiles(options.calibration, world), names);
  const stored = storeOf(options.baseline, config, context.place.folder, world.cwd);
  const problems = await forEachModel(config.models, context.signal, async (model) => {
    const prepared = await prepare(model, context);
    const calibration = await calibrationOf(prepared, calibrations.get(model.name), context);
    const evaluation = await evaluateShard(prepared, { calibration, baselines: stored, shard }, context);
    const path = await saveEvaluation(out, evaluation);
    const [from, to] = evaluation.range;
    world.print(
      `${model.name}: ${[...evaluation.results.keys()].join(', ')} on samples ${from} to ${to - 1}, in ${path}`,
    );
  });
  refuseIncomplete(problems);
  sayNext(`judge with it: \`${shellCommand('run', '--evaluation')}\` and the files of all shards`, world);
  return 0;
}
