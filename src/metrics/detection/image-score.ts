import { z } from 'zod';
import { THRESHOLDS } from './match-boxes.ts';

const bits = z
  .int()
  .min(0)
  .max(2 ** THRESHOLDS.length - 1);

/** What is found in one image, as `matchBoxes` says it. */
export const imageScore = z.object({
  truth: z.array(z.tuple([z.int(), z.int().min(0)])).max(100_000),
  found: z.array(z.tuple([z.int(), z.number(), bits, bits])).max(100_000),
});
