import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { readConfigText } from '../../config/load-config.ts';
import { judgeModels } from '../../pipeline/judge-models.ts';
import { readCalibrations, readEvaluations, readExplanations } from '../../pipeline/shard-files.ts';
import { type ApplyOption, applicable } from '../../report/applicable.ts';
import { openChipFolders } from '../../report/chip-folders.ts';
import { writeReport } from '../../report/write.ts';
import { machineText } from '../../runtime/machine.ts';
import { applyToFile, targetAsked } from '../apply-option.ts';
import { chosenPart, type PartOptions, partWarning } from '../chosen-part.ts';
import { type ComputeOptions, openComputation, shardFiles } from '../compute.ts';
import { openContext } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { exitCodes } from '../exit-codes.ts';
import { showReport } from '../show-report.ts';
import { checkNamedFolder, storeOf } from '../stored-baselines.ts';
import { errorLines, failureLines } from '../summary.ts';
import type { World } from '../world.ts';

/** Options of `quantgate run`. */
export interface RunOptions extends ComputeOptions, PartOptions {
  readonly baseline?: string;
  readonly calibration?: readonly string[];
  readonly evaluation?: readonly string[];
  readonly explanation?: readonly string[];
  readonly json?: boolean;
  readonly apply?: ApplyOption;
  readonly dryRun?: boolean;
}

/**
 * Judges the models of the configuration, all or those that are named, and writes report and chip files.
 *
 * @param adjusted the configuration to judge by, of the one that was read
 * @returns the exit code of the verdict
 * @throws UserError when something given cannot be used, or the folder cannot be written
 */
export async function runCommand(
  options: RunOptions,
  world: World,
  adjusted: (config: Config) => Config = (config) => config,
): Promise<number> {
  let warning: string | undefined;
  const asked = (whole: Config) => {
    const part = chosenPart(whole, options);
    warning = partWarning(whole, part);
    return adjusted(part);
  };
  if (options.dryRun) {
    const { config: path, provider } = options;
    const { config, context } = await openContext({ path, provider, adjusted: asked }, world);
    return dryRun(config, context, world);
  }
  const configPath = resolve(world.cwd, options.config);
  const configText = options.apply === undefined ? undefined : await readConfigText(configPath, world.cwd);
  await checkNamedFolder(options.baseline, world.cwd);
  const { config, context, out } = await openComputation(options, world, asked);
  const start = context.now();
  const apply = options.apply === undefined ? undefined : targetAsked(options.apply, config);
  const models = config.models.map(({ name }) => name);
  const chips = await openChipFolders(out);
  const judged = await judgeModels(
    {
      config,
      baselines: storeOf(options.baseline, config, context.place.folder, world.cwd),
      shards: await readCalibrations(shardFiles(options.calibration, world), models),
      evaluations: await readEvaluations(shardFiles(options.evaluation, world), models),
      explanations: await readExplanations(shardFiles(options.explanation, world), models),
      commit: null,
      date: new Date(),
      machine: machineText(),
      writeChipFile: chips.write,
    },
    context,
  );
  const isPart = warning !== undefined;
  const report = isPart ? { ...judged, warnings: [warning!, ...judged.warnings] } : judged;
  await writeReport(out, report);
  await chips.removeStale();
  const isQuiet = world.loudness === 'quiet';
  for (const line of [...failureLines(report), ...(isQuiet ? errorLines(report) : [])]) world.complain(line);
  if (options.json) world.print(await readFile(join(out, 'report.json'), 'utf8'));
  else {
    const seconds = (context.now() - start) / 1000;
    showReport(report, { config: options.config, out: options.out, isPart, seconds }, world);
  }
  if (apply !== undefined && configText !== undefined) {
    const lines = await applyToFile(configPath, configText, applicable(report, apply));
    if (!options.json && !isQuiet) for (const line of lines) world.print(`${options.config}: ${line}`);
  }
  return exitCodes[report.verdict];
}
