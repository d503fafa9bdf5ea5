import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type BaselineStore, folderStore, saveBaseline } from '../baseline/store.ts';
import { type Calibration, mergeCalibrations, writeCalibration } from '../calibration/calibration-record.ts';
import type { Config } from '../config/config.ts';
import { readConfigText } from '../config/load-config.ts';
import { parseShard } from '../data/shard.ts';
import { messageOf, printable, UserError } from '../errors.ts';
import type { Api } from '../github/api.ts';
import { makeFolder } from '../make-folder.ts';
import { calibrateModel } from '../pipeline/calibrate.ts';
import { judgeModels, recordBaselines } from '../pipeline/judge-models.ts';
import { prepare } from '../pipeline/prepare.ts';
import type { Progress } from '../pipeline/progress.ts';
import {
  readCalibrationFile,
  readCalibrations,
  readEvaluations,
  type ShardFile,
  saveCalibration,
} from '../pipeline/shard-files.ts';
import { type ApplyOption, applicable } from '../report/applicable.ts';
import { writeBelow, writeReport } from '../report/write.ts';
import { appliedLines, applyToFile, checkApply } from './apply-option.ts';
import { openContext } from './context.ts';
import { summaryLines } from './summary.ts';

/** The world around a command. */
export interface World {
  readonly cwd: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Writes a line to stdout. */
  print(line: string): void;
  /** GitHub's API. @throws UserError when the environment has no token for it */
  github(): Api;
}

export interface ComputeOptions {
  readonly config: string;
  readonly provider?: string;
  readonly out: string;
}

/** Exit codes of `quantgate run`. */
export const exitCodes = { pass: 0, fail: 1, error: 2, inconclusive: 3 } as const;

/**
 * Judges every model of the configuration and writes report and chip files.
 *
 * @returns the exit code of the verdict
 * @throws UserError when something given cannot be used, or the folder cannot be written
 */
export async function runCommand(
  options: ComputeOptions & {
    readonly baseline?: string;
    readonly calibration?: readonly string[];
    readonly evaluation?: readonly string[];
    readonly json?: boolean;
    readonly apply?: ApplyOption;
  },
  world: World,
): Promise<number> {
  const configPath = resolve(world.cwd, options.config);
  const configText = options.apply === undefined ? undefined : await readConfigText(configPath);
  const { config, context } = await openContext({
    ...world,
    config: options.config,
    provider: options.provider,
  });
  if (options.apply !== undefined) checkApply(options.apply, config);
  const out = resolve(world.cwd, options.out);
  await ensureFolder(out);
  const models = config.models.map(({ name }) => name);
  const report = await judgeModels(
    {
      config,
      baselines: storeOf(options.baseline, config, context.place.folder, world.cwd),
      shards: await readCalibrations(shardFiles(options.calibration, world), models),
      evaluations: await readEvaluations(shardFiles(options.evaluation, world), models),
      commit: null,
      date: new Date(),
      writeChipFile: ({ path, content }) => writeBelow(out, path, content),
    },
    context,
  );
  await writeReport(out, report);
  if (options.json) world.print(await readFile(join(out, 'report.json'), 'utf8'));
  else {
    for (const warning of report.warnings) world.print(`warning: ${warning}`);
    for (const line of summaryLines(report)) world.print(line);
    world.print(`${report.verdict}: see ${join(options.out, 'report.md')}`);
  }
  if (options.apply !== undefined && configText !== undefined) {
    const { pins, left } = applicable(report, options.apply);
    if (pins.size > 0) await applyToFile(configPath, configText, pins);
    if (!options.json) for (const line of [...appliedLines(pins, options.config), ...left]) world.print(line);
  }
  return exitCodes[report.verdict];
}

/** Where stored baselines are, if anywhere: an option is relative to the working folder, the config to its own. */
export function storeOf(
  option: string | undefined,
  { baseline }: Config,
  configFolder: string,
  cwd: string,
): BaselineStore | undefined {
  if (option !== undefined) return namedFolder(option, cwd);
  if (baseline === undefined) return undefined;
  if (typeof baseline === 'string') return folderStore(join(configFolder, baseline));
  return async () => {
    throw new UserError(
      `it is in release ${printable(baseline.release)}: download it and give its folder with --baseline`,
    );
  };
}

/** A folder that somebody names is there: a mistyped one must not pass for "no baseline yet". */
function namedFolder(option: string, cwd: string): BaselineStore {
  const folder = resolve(cwd, option);
  return async (model) => {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder)
      throw new UserError(`--baseline ${option} is no folder: give the one that quantgate baseline wrote`);
    return folderStore(folder)(model);
  };
}

/**
 * Measures FP32 and writes a baseline for each model.
 *
 * @throws UserError as `runCommand`
 */
export async function baselineCommand(options: ComputeOptions, world: World): Promise<number> {
  const { config, context } = await openContext({
    ...world,
    config: options.config,
    provider: options.provider,
  });
  const folder = resolve(world.cwd, options.out);
  await ensureFolder(folder);
  for (const each of await recordBaselines({ config, commit: null, date: new Date() }, context)) {
    const path = await saveBaseline(folder, each);
    world.print(`${each.model}: ${each.metric} ${each.value} on ${each.scores.length} samples, in ${path}`);
  }
  return 0;
}

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
  const { config, context } = await openContext({
    ...world,
    config: options.config,
    provider: options.provider,
  });
  const folder = resolve(world.cwd, options.out);
  await ensureFolder(folder);
  for (const model of config.models) {
    const calibration = await calibrateModel(await prepare(model, context), context, shard);
    const path = await saveCalibration(folder, model.name, calibration, shard);
    world.print(`${model.name}: ${calibration.histograms.size} tensors, in ${path}`);
  }
  return 0;
}

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

/** An output folder that cannot be written is found before the work, not after it. */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    const probe = join(folder, `.quantgate-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new UserError(
      `${folder} cannot be written (${messageOf(error)}): choose another folder with --out`,
    );
  }
}

/** Files that the command line names. */
export function shardFiles(names: readonly string[] | undefined, { cwd }: World): ShardFile[] {
  return (names ?? []).map((where) => ({ path: resolve(cwd, where), where }));
}
