import { z } from 'zod';

/** Samples of a target that report.json names. */
export const MAX_WORST_SAMPLES = 20;

const finite = z.number();
const prediction = z.int().optional().describe('The class with the greatest score, where that is known.');

/** `worstSamples` of a target in report.json. */
export const worstSamples = z
  .array(
    z.strictObject({
      sample: z.int().min(0).describe('Its number in the evaluation data.'),
      fp32: z.strictObject({ score: finite, prediction }),
      int8: z.strictObject({ score: finite, prediction }),
    }),
  )
  .max(MAX_WORST_SAMPLES)
  .describe('Samples whose score quantization makes worse, the most first.');
