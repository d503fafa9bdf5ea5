import { collectHistograms } from '../calibrate/calibrate.ts';
import type { Calibration } from '../calibrate/record.ts';
import { type Shard, shardRange } from '../calibrate/shard.ts';
import { UserError } from '../errors.ts';
import { type Context, inBatches, openSamples, type Prepared } from './prepare.ts';
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
  const { config, model, observed } = prepared;
  const all = await openSamples(config.calibration, prepared, context.place);
  try {
    const dataSha256 = await all.sha256();
    const whole =
      config.calibration.range ?? (all.length === undefined ? undefined : ([0, all.length] as const));
    if (shard !== undefined && whole === undefined) {
      throw new UserError(
        `${config.name}: calibration needs a range to be cut into shards: add calibration.range`,
      );
    }
    const range = shard === undefined ? whole : shardRange(whole!, shard);
    const samples =
      shard === undefined ? all : await openSamples(config.calibration, prepared, context.place, range);
    try {
      let count = 0;
      const total = range === undefined ? undefined : range[1] - range[0];
      const histograms = await timed(`${config.name}/calibrate`, total, context, (advance) =>
        collectHistograms(
          model,
          observed,
          inBatches(samples, prepared, context.signal),
          context.runtime,
          (n) => {
            count += n;
            advance(n);
          },
        ),
      );
      const ranges = [range ?? ([0, count] as const)];
      return { modelSha256: model.sha256, dataSha256, ranges, histograms };
    } finally {
      await samples.close();
    }
  } finally {
    await all.close();
  }
}

/** The hash of all calibration samples and their preprocessing, whatever the shard. */
export async function calibrationSha256(prepared: Prepared, context: Context): Promise<string> {
  const all = await openSamples(prepared.config.calibration, prepared, context.place);
  try {
    return await all.sha256();
  } finally {
    await all.close();
  }
}
