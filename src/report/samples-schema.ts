import { z } from 'zod';

/** Samples of a target that report.json names. */
export const MAX_WORST_SAMPLES = 20;
/** Those that it may show. */
export const MAX_THUMBNAILS = 12;
/** Characters of a PNG of 8 KiB in base64, and of what stands before. */
const MAX_URI = 11_000;

const finite = z.number();
const prediction = z.int().optional().describe('The class with the greatest score, where that is known.');

/** `worstSamples` of a target in report.json. */
export const worstSamples = z
  .array(
    z.strictObject({
      sample: z.int().min(0).describe('Its number in the evaluation data.'),
      fp32: z.strictObject({ score: finite, prediction }),
      int8: z.strictObject({ score: finite, prediction }),
      thumbnail: z
        .string()
        .max(MAX_URI)
        .regex(/^data:image\/png;base64,[A-Za-z0-9+/]+={0,2}$/)
        .optional()
        .describe(
          `The image, at most 64 pixels wide and high, of ${MAX_THUMBNAILS} samples at most, where \`evaluation.thumbnails\` asks for it.`,
        ),
    }),
  )
  .max(MAX_WORST_SAMPLES)
  .describe('Samples whose score quantization makes worse, the most first.');
