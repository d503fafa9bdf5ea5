import { z } from 'zod';

const name = z.string().max(1024);
const count = z.int().min(0);
const finite = z.number();

/** `likelyLeaders` of a target in report.json. */
export const likelyLeaders = z
  .strictObject({
    layers: z
      .array(
        z.strictObject({
          layer: name,
          impact: finite
            .min(0)
            .optional()
            .describe('NSR of the outputs that the metric reads if only this layer is quantized.'),
        }),
      )
      .min(1)
      .max(3)
      .describe('The likely costliest first.'),
    measured: count
      .min(1)
      .describe(
        'Layers that were quantized alone to find them: those of the largest errors of their own, as a rule.',
      ),
    fullNsr: finite
      .min(0)
      .optional()
      .describe('NSR of the outputs that the metric reads with every layer quantized.'),
    probeSamples: count
      .min(1)
      .describe("Samples that all of this, and the layers' own errors, were measured on."),
    probesCalibrated: z
      .boolean()
      .describe('The probe samples were calibrated on: clipping of unseen data does not show.'),
  })
  .describe('An estimate from few samples, of a target whose layers were not all measured.');
