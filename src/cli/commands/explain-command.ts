import { parseShard } from '../../data/shard.ts';
import { explainShares, shareOf } from '../../pipeline/explain-share.ts';
import { readCalibrations, readEvaluations, saveExplanation } from '../../pipeline/shard-files.ts';
import { writeBelow } from '../../report/write.ts';
import { aboutModel } from '../../words/about-model.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { type ComputeOptions, openComputation, refuseIncomplete, shardFiles } from '../compute.ts';
import { sayNext } from '../say-next.ts';
import { checkNamedFolder, storeOf } from '../stored-baselines.ts';
import type { World } from '../world.ts';

/** Attributes, advises and recovers a share of the targets of all models, for `run --explanation`. */
export async function explainCommand(
  options: ComputeOptions & {
    readonly shard: string;
    readonly baseline?: string;
    readonly calibration?: readonly string[];
    readonly evaluation?: readonly string[];
  },
  world: World,
): Promise<number> {
  const shard = parseShard(options.shard);
  await checkNamedFolder(options.baseline, world.cwd);
  const { config, context, out } = await openComputation(options, world);
  const names = config.models.map(({ name }) => name);
  const input = {
    config,
    baselines: storeOf(options.baseline, config, context.place.folder, world.cwd),
    shards: await readCalibrations(shardFiles(options.calibration, world), names),
    evaluations: await readEvaluations(shardFiles(options.evaluation, world), names),
    commit: null,
    date: new Date(),
    writeChipFile: (file: { readonly path: string; readonly content: string | Uint8Array }) =>
      writeBelow(out, file.path, file.content),
  };
  if (shareOf(config.models, shard).size === 0)
    world.print(`shard ${options.shard} has no target: there are fewer targets than shards`);
  const problems = await explainShares({ shard, input }, context, async (model, explanation) => {
    if (explanation === undefined) {
      world.print(aboutModel(model, 'no target of this share can be judged, as quantgate run will say'));
      return;
    }
    const path = await saveExplanation(out, explanation);
    const ids = explanation.targets.map(({ entry }) => entry.target);
    world.print(`${model}: ${ids.join(', ')} explained, in ${path}`);
  });
  refuseIncomplete(problems);
  sayNext(`judge with it: \`${shellCommand('run', '--explanation')}\` and the files of all shards`, world);
  return 0;
}
