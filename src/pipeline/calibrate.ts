import { type Calibration, mergeCalibrations } from '../calibration/calibration-record.ts';
import { collectHistograms } from '../calibration/histograms.ts';
import { withSightFloors } from '../calibration/sight-floors.ts';
import { type Shard, shardRange } from '../data/shard.ts';
import { UserError } from '../errors.ts';
import { sightOf } from '../quantization/sight.ts';
import { forRunsOf } from '../runtime/side-by-side.ts';
import { aboutModel } from '../words/about-model.ts';
import { elementsOfRun, valuesOfRun } from './batch-size.ts';
import { inBatches, openSamples } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';
import { timed } from './progress.ts';

/**
 * Calibrates a model on its calibration samples, or on one shard of them.
 *
 * @throws UserError when the samples cannot be cut into shards, or a value is not finite
 */
export async function calibrateModel(
  prepared: Prepared,
  context: Context,
  shard?: Shard,
): Promise<Calibration> {
  const { config, model, observed, batchSize, unplanned } = prepared;
  if (unplanned.length === config.targets.length)
    throw new UserError(aboutModel(config.name, unplanned[0].problem));
  const { dataSha256, whole } = await calibrationSamples(prepared, context);
  if (shard !== undefined && whole === undefined) {
    throw new UserError(
      `${config.name}: calibration needs a range to be cut into shards: add calibration.range`,
    );
  }
  const range = shard === undefined ? whole : shardRange(whole!, shard, batchSize);
  const samples = await openSamples(config.calibration, prepared, context.place, range);
  try {
    let count = 0;
    const total = range === undefined ? undefined : range[1] - range[0];
    const histograms = await timed(`${config.name}/calibrate`, total, context, (advance) => {
      const counted = async function* () {
        for await (const batch of inBatches(samples, prepared, context.signal)) {
          yield batch;
          count += batch.indices.length;
          advance(batch.indices.length);
        }
      };
      const known = { tensors: observed, elements: elementsOfRun(prepared) };
      const runtime = forRunsOf(valuesOfRun(prepared), context.runtime);
      return collectHistograms(model, known, counted(), runtime);
    });
    const ranges = [range ?? ([0, count] as const)];
    return { modelSha256: model.sha256, dataSha256, ranges, histograms };
  } finally {
    await samples.close();
  }
}

/**
 * The calibration of a model: merged from shards that were calibrated elsewhere, or made here where none are given. What
 * is added to a score has no values in it that a Softmax does not see.
 *
 * @throws UserError when the shards are not all of this model's calibration, and of nothing else
 */
export async function calibrationOf(
  prepared: Prepared,
  shards: readonly Calibration[] | undefined,
  context: Context,
): Promise<Calibration> {
  const seen = (calibration: Calibration): Calibration => {
    const { model } = prepared;
    return { ...calibration, histograms: withSightFloors(model, sightOf(model), calibration.histograms) };
  };
  if (shards === undefined) return seen(await calibrateModel(prepared, context));
  const { name } = prepared.config;
  const merged = mergeCalibrations(shards);
  const { dataSha256, whole } = await calibrationSamples(prepared, context);
  if (merged.modelSha256 !== prepared.model.sha256) {
    throw new UserError(`${name}: the calibration is of another version of the model: calibrate again`);
  }
  if (merged.dataSha256 !== dataSha256) {
    throw new UserError(`${name}: the calibration is of other samples or preprocessing: calibrate again`);
  }
  const missing = prepared.observed.find((tensor) => !merged.histograms.has(tensor));
  if (missing !== undefined) {
    throw new UserError(
      `${name}: the calibration does not hold tensor "${missing}": calibrate again with this quantgate.yml`,
    );
  }
  const gap = whole === undefined ? undefined : firstGap(whole, merged.ranges);
  if (gap !== undefined) {
    throw new UserError(
      `${name}: the calibration lacks samples ${gap[0]} to ${gap[1] - 1}: give the files of all shards`,
    );
  }
  return seen(merged);
}

/** @param ranges ascending, without overlaps */
function firstGap(
  [from, to]: readonly [number, number],
  ranges: Calibration['ranges'],
): readonly [number, number] | undefined {
  const [first, second] = ranges;
  if (first[0] > from) return [from, first[0]];
  return first[1] < to ? [first[1], second?.[0] ?? to] : undefined;
}

/** The hash of all calibration samples and their preprocessing, and their range: none for a module without one. */
async function calibrationSamples({ config, model }: Prepared, { place }: Context) {
  const all = await openSamples(config.calibration, { config, model }, place);
  try {
    const whole =
      config.calibration.range ?? (all.length === undefined ? undefined : ([0, all.length] as const));
    return { dataSha256: await all.sha256(), whole };
  } finally {
    await all.close();
  }
}
