import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { createHistogram, type Histogram, merge } from '../numerics/histogram.ts';
import { fromPlain, toPlain } from '../numerics/histogram-plain.ts';
import { sha256Hex } from '../sha256.ts';
import { shellCommand } from '../words/shell-command.ts';

/** What calibration knows of one model: a histogram of every observed tensor. */
export interface Calibration {
  readonly modelSha256: string;
  /** Identifies the samples with their preprocessing, without the shard's own range. */
  readonly dataSha256: string;
  /** The samples seen, as half-open ranges of indices that do not overlap. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly histograms: ReadonlyMap<string, Histogram>;
}

const MAX_TENSORS = 100_000;
const range = z.tuple([z.int().min(0), z.int().min(0)]);
const calibrationFile = z.strictObject({
  quantgateCalibration: z.literal(1),
  model: z.string().max(256),
  modelSha256: sha256Hex,
  dataSha256: sha256Hex,
  ranges: z.array(range).min(1).max(10_000),
  tensors: z.array(z.tuple([z.string().max(4096), z.unknown()])).max(MAX_TENSORS),
});

/** Number of samples a calibration has seen. */
export function sampleCount(calibration: Calibration): number {
  return calibration.ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The calibration of `model` as JSON text; equal calibrations give equal text. */
export function writeCalibration(model: string, calibration: Calibration): string {
  const tensors = [...calibration.histograms].map(([name, h]) => [name, toPlain(h)] as const);
  tensors.sort(([a], [b]) => (a < b ? -1 : 1));
  const { modelSha256, dataSha256, ranges } = calibration;
  return `${JSON.stringify({ quantgateCalibration: 1, model, modelSha256, dataSha256, ranges, tensors })}\n`;
}

/** @throws UserError when the text is not a calibration that `writeCalibration` could have written */
export function readCalibration(text: string, where: string): { model: string; calibration: Calibration } {
  const wanted = { where, what: 'a calibration', remedy: `run ${shellCommand('calibrate')} again` };
  const { model, tensors, quantgateCalibration: _, ...rest } = parseJson(text, calibrationFile, wanted);
  return {
    model,
    calibration: { ...rest, histograms: new Map(tensors.map(([name, plain]) => [name, fromPlain(plain)])) },
  };
}

/**
 * Merges shards of one calibration. The result does not depend on their order or number.
 *
 * @throws UserError when the shards are of different models or data, observe different tensors, or overlap
 */
export function mergeCalibrations(shards: readonly Calibration[]): Calibration {
  const [first] = shards;
  for (const shard of shards) {
    if (shard.modelSha256 !== first.modelSha256)
      throw new UserError('the calibration shards are of different models: make them from one commit');
    if (shard.dataSha256 !== first.dataSha256)
      throw new UserError(
        'the calibration shards are of different data or preprocessing: make them from one commit',
      );
    if (
      shard.histograms.size !== first.histograms.size ||
      [...shard.histograms.keys()].some((name) => !first.histograms.has(name))
    ) {
      throw new UserError(
        'the calibration shards observe different tensors: make them with one quantgate.yml',
      );
    }
  }
  const histograms = new Map<string, Histogram>();
  for (const name of [...first.histograms.keys()].sort()) {
    const sum = createHistogram();
    for (const shard of shards) merge(sum, shard.histograms.get(name)!);
    histograms.set(name, sum);
  }
  return { ...first, ranges: joined(shards.flatMap((s) => s.ranges)), histograms };
}

function joined(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const sorted = ranges.map(([from, to]) => [from, to] as [number, number]).sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && from < last[1]) {
      throw new UserError(`two calibration shards both hold sample ${from}: merge each shard once`);
    }
    if (last !== undefined && from === last[1]) last[1] = to;
    else result.push([from, to]);
  }
  return result;
}
