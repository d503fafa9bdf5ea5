import { dirname, join } from 'node:path';
import { type Calibration, readCalibration, writeCalibration } from '../calibration/calibration-record.ts';
import type { Shard } from '../data/shard.ts';
import { messageOf, quote, UserError } from '../errors.ts';
import { type EvaluationShard, readEvaluation, writeEvaluation } from '../evaluation/evaluation-record.ts';
import { readText } from '../read-file.ts';
import { type ExplanationShard, readExplanation, writeExplanation } from '../report/explanation-record.ts';
import { writeWhole } from '../write-whole.ts';

/** Ample for a million samples; a bound for hostile artifacts, and below the longest string of Node. */
const MAX_BYTES = 2 ** 28;

/** Where a file is, and how the user calls it. */
export interface ShardFile {
  readonly path: string;
  readonly where: string;
}

/** @throws UserError when the file is no calibration */
export async function readCalibrationFile(file: ShardFile) {
  return readCalibration(await textOf(file, 'calibrate'), file.where);
}

/**
 * Reads calibrations, by the name of their model.
 *
 * @param models the models of `quantgate.yml`
 * @throws UserError when a file is none, or of no model there
 */
export async function readCalibrations(
  files: readonly ShardFile[],
  models: readonly string[],
): Promise<Map<string, Calibration[]>> {
  const byModel = new Map<string, Calibration[]>();
  for (const file of files) {
    const { model, calibration } = await readCalibrationFile(file);
    checkModel(model, file, models);
    byModel.set(model, [...(byModel.get(model) ?? []), calibration]);
  }
  return byModel;
}

/**
 * Reads shards of evaluations, by the name of their model.
 *
 * @param models the models of `quantgate.yml`
 * @throws UserError when a file is none, or of no model there
 */
export async function readEvaluations(
  files: readonly ShardFile[],
  models: readonly string[],
): Promise<Map<string, EvaluationShard[]>> {
  const byModel = new Map<string, EvaluationShard[]>();
  for (const file of files) {
    const shard = readEvaluation(await textOf(file, 'evaluate'), file.where);
    const { model } = shard.identity;
    checkModel(model, file, models);
    byModel.set(model, [...(byModel.get(model) ?? []), shard]);
  }
  return byModel;
}

/** What another runner explained, and where it left the files of its recoveries. */
export interface GivenExplanation extends ExplanationShard {
  /** Absolute. */
  readonly folder: string;
}

/**
 * Reads shards of explanations, by the name of their model.
 *
 * @param models the models of `quantgate.yml`
 * @throws UserError when a file is none, or of no model there
 */
export async function readExplanations(
  files: readonly ShardFile[],
  models: readonly string[],
): Promise<Map<string, GivenExplanation[]>> {
  const byModel = new Map<string, GivenExplanation[]>();
  for (const file of files) {
    const shard = readExplanation(await textOf(file, 'explain'), file.where);
    const { model } = shard.identity;
    checkModel(model, file, models);
    const given = { ...shard, folder: dirname(file.path) };
    byModel.set(model, [...(byModel.get(model) ?? []), given]);
  }
  return byModel;
}

/** Writes a calibration, or a shard of one, into a folder that is there; returns its path. */
export async function saveCalibration(
  folder: string,
  model: string,
  calibration: Calibration,
  shard: Shard | undefined,
): Promise<string> {
  return save(folder, `${model}${partOf(shard)}.calibration.json`, writeCalibration(model, calibration));
}

/** Writes a shard of an evaluation into a folder that is there; returns its path. */
export async function saveEvaluation(folder: string, evaluation: EvaluationShard): Promise<string> {
  const { identity, shard } = evaluation;
  return save(folder, `${identity.model}${partOf(shard)}.evaluation.json`, writeEvaluation(evaluation));
}

/** Writes a shard of an explanation into a folder that is there; returns its path. */
export async function saveExplanation(folder: string, explanation: ExplanationShard): Promise<string> {
  const { identity, shard } = explanation;
  return save(folder, `${identity.model}${partOf(shard)}.explanation.json`, writeExplanation(explanation));
}

function partOf(shard: Shard | undefined): string {
  return shard === undefined ? '' : `.${shard.index}-of-${shard.count}`;
}

async function save(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  try {
    // Renamed into place: what is there may be a link.
    await writeWhole(path, text);
  } catch (error) {
    throw new UserError(`cannot write ${path} (${messageOf(error)}): choose a folder that can be written`);
  }
  return path;
}

/** @throws UserError when a file is of no model of `quantgate.yml` */
function checkModel(model: string, { where }: ShardFile, models: readonly string[]): void {
  if (!models.includes(model))
    throw new UserError(
      `${where} is of model ${quote(model)}, which is not judged here: leave the file out, or judge that model too`,
    );
}

async function textOf({ path, where }: ShardFile, command: string): Promise<string> {
  try {
    return await readText(path, MAX_BYTES);
  } catch (error) {
    throw new UserError(
      `${where} cannot be read (${messageOf(error)}): give a file that quantgate ${command} wrote`,
    );
  }
}
