import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../../src/calibration/calibration-record.ts';
import { writeCalibration } from '../../../src/calibration/calibration-record.ts';
import { emptyEvaluation } from '../../../src/evaluation/evaluation.ts';
import type { EvaluationShard } from '../../../src/evaluation/evaluation-record.ts';
import {
  readCalibrationFile,
  readCalibrations,
  readEvaluations,
  readExplanations,
  saveCalibration,
  saveEvaluation,
  saveExplanation,
} from '../../../src/pipeline/shard-files.ts';
import { explanationOf } from '../../support/explanations.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { noise } from '../../support/models.ts';
import { folderWith } from '../data/folder.ts';

const hash = (digit: string) => digit.repeat(64);
const calibrationOf = (from: number, to: number): Calibration => ({
  modelSha256: hash('a'),
  dataSha256: hash('b'),
  ranges: [[from, to]],
  histograms: histogramsOf({ x: noise(64, from + 1) }),
});
const evaluationOf = (model: string, index: number): EvaluationShard => ({
  identity: {
    model,
    modelSha256: hash('a'),
    dataSha256: hash('b'),
    calibrationSha256: hash('c'),
    settingsSha256: hash('d'),
    provider: 'cpu',
    tool: '0.1.0',
  },
  shard: { index, count: 2 },
  range: [index - 1, index],
  results: new Map([['snpe', { ...emptyEvaluation(), value: 1, scores: [1], greatest: [index] }]]),
  failures: new Map(),
});
const fileAt = (path: string) => ({ path, where: 'the file' });

describe('files of calibrations', () => {
  it('are named after model and shard, and read as they were written', async () => {
    const folder = await folderWith({});
    const [first, second] = [calibrationOf(0, 8), calibrationOf(8, 16)];
    const paths = [
      await saveCalibration(folder, 'm', first, { index: 1, count: 2 }),
      await saveCalibration(folder, 'm', second, { index: 2, count: 2 }),
      await saveCalibration(folder, 'other', first, undefined),
    ];
    expect(paths).toEqual(
      ['m.1-of-2', 'm.2-of-2', 'other'].map((name) => join(folder, `${name}.calibration.json`)),
    );
    expect(readdirSync(folder)).toHaveLength(3);
    expect(readFileSync(paths[0], 'utf8')).toBe(writeCalibration('m', first));
    const read = await readCalibrations(paths.map(fileAt), ['m', 'other']);
    expect(Object.fromEntries(read)).toEqual({ m: [first, second], other: [first] });
    expect(await readCalibrationFile(fileAt(paths[2]))).toEqual({ model: 'other', calibration: first });
  });

  it('are refused where quantgate.yml does not have their model', async () => {
    const folder = await folderWith({});
    const path = await saveCalibration(folder, 'm', calibrationOf(0, 8), undefined);
    await expect(readCalibrations([fileAt(path)], ['other'])).rejects.toThrow(
      'the file is of model "m", which is not judged here: leave the file out, or judge that model too',
    );
  });

  it('are refused where they are none, cannot be read, or are too large', async () => {
    const folder = await folderWith({ 'none.json': '{}', 'large.json': '' });
    const reading = (name: string) => readCalibrationFile(fileAt(join(folder, name)));
    await expect(reading('none.json')).rejects.toThrow(
      /^the file is not a calibration .*: run npx --no -- quantgate calibrate again$/,
    );
    await expect(reading('missing.json')).rejects.toThrow(
      /^the file cannot be read \(.*\): give a file that quantgate calibrate wrote$/,
    );
    truncateSync(join(folder, 'large.json'), 2 ** 28 + 1);
    await expect(reading('large.json')).rejects.toThrow(
      'the file cannot be read (larger than 256 MiB): give a file that quantgate calibrate wrote',
    );
  });

  it('say where they could not be written', async () => {
    const folder = join(await folderWith({}), 'missing');
    await expect(saveCalibration(folder, 'm', calibrationOf(0, 8), undefined)).rejects.toThrow(
      /^cannot write .*missing\/m\.calibration\.json \(.*\): choose a folder that can be written$/,
    );
  });

  it('replace what is there, be it a link', async () => {
    const folder = await folderWith({ 'm.calibration.json': 'old' });
    const path = await saveCalibration(folder, 'm', calibrationOf(0, 8), undefined);
    expect(readFileSync(path, 'utf8')).not.toContain('old');
  });
});

describe('files of evaluations', () => {
  it('are named after model and shard, and read as they were written', async () => {
    const folder = await folderWith({});
    const shards = [evaluationOf('m', 1), evaluationOf('m', 2), evaluationOf('other', 1)];
    const paths: string[] = [];
    for (const shard of shards) paths.push(await saveEvaluation(folder, shard));
    expect(paths[1]).toBe(join(folder, 'm.2-of-2.evaluation.json'));
    const read = await readEvaluations(paths.map(fileAt), ['m', 'other']);
    expect(Object.fromEntries(read)).toEqual({ m: [shards[0], shards[1]], other: [shards[2]] });
  });

  it('are refused where they are none, or of a model that quantgate.yml does not have', async () => {
    const folder = await folderWith({ 'none.json': '{}' });
    const path = await saveEvaluation(folder, evaluationOf('m', 1));
    await expect(readEvaluations([fileAt(path)], [])).rejects.toThrow('the file is of model "m"');
    await expect(readEvaluations([fileAt(join(folder, 'none.json'))], ['m'])).rejects.toThrow(
      'the file is not an evaluation',
    );
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'text'), '');
    await expect(readEvaluations([fileAt(join(folder, 'sub'))], ['m'])).rejects.toThrow(
      /^the file cannot be read \(.*\): give a file that quantgate evaluate wrote$/,
    );
  });
});

describe('files of explanations', () => {
  it('are named after model and shard, and read as they were written, with their folder', async () => {
    const folder = await folderWith({});
    const shards = [explanationOf('m', 1), explanationOf('m', 2)];
    const paths: string[] = [];
    for (const shard of shards) paths.push(await saveExplanation(folder, shard));
    expect(paths[1]).toBe(join(folder, 'm.2-of-2.explanation.json'));
    const read = await readExplanations(paths.map(fileAt), ['m']);
    expect(Object.fromEntries(read)).toEqual({ m: shards.map((shard) => ({ ...shard, folder })) });
  });

  it('are refused where they are none, or of a model that quantgate.yml does not have', async () => {
    const folder = await folderWith({ 'none.json': '{}' });
    const path = await saveExplanation(folder, explanationOf('m', 1));
    await expect(readExplanations([fileAt(path)], [])).rejects.toThrow('the file is of model "m"');
    await expect(readExplanations([fileAt(join(folder, 'none.json'))], ['m'])).rejects.toThrow(
      /^the file is not an explanation .*: run npx --no -- quantgate explain again$/,
    );
  });
});
