import { z } from 'zod';

/** Layers of each target that are described in detail, by what they cost. */
export const MAX_LEADERS = 20;
/** Bins of a histogram. */
export const MAX_BINS = 128;
/** Entries of the ranges of a weight's channels. */
export const MAX_CHANNEL_RANGES = 256;

const name = z.string().max(1024);
const finite = z.number();
const count = z.int().min(0);

/** `leaders` of a model in report.json. */
export const leaders = z
  .strictObject({
    histograms: z
      .array(
        z.strictObject({
          tensor: name,
          from: finite.describe('Where the first bin begins.'),
          step: finite.positive().describe('Width of a bin.'),
          counts: z.array(count).max(MAX_BINS),
          min: finite,
          max: finite,
        }),
      )
      .max(128)
      .describe('Values of activations on the calibration samples.'),
    channels: z
      .array(
        z.strictObject({
          layer: name,
          channels: count.min(1),
          each: count.min(1).describe('How many neighbouring channels an entry is of.'),
          ranges: z
            .array(z.tuple([finite, finite]))
            .min(1)
            .max(MAX_CHANNEL_RANGES)
            .describe('Least and greatest weight.'),
        }),
      )
      .max(64)
      .describe('Weights of layers by output channel, before quantization.'),
  })
  .describe(
    'What is kept in detail of the layers that cost the most on some target; where that was not measured, of those that lose the most bits.',
  );
