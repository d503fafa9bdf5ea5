import { z } from 'zod';
import { repairSteps } from '../config/repair-steps.ts';
import { encodings, float, precision } from '../config/target-schema.ts';
import { FLOAT_BITS } from '../numerics/grid.ts';
import { architectures } from '../targets/hexagon-architectures.ts';

const name = z.string().max(1024);
const finite = z.number();
export const gridBits = z.int().min(2).max(16);

export const weights = z.enum(['per-channel', 'per-tensor']);
export const recipe = z.array(z.enum(repairSteps)).max(8);

const limited = <T extends z.ZodType>(value: T) =>
  z
    .record(name, value)
    .refine((all) => Object.keys(all).length <= 10_000, { error: 'has more than 10,000 entries' });

/** Layers that have a precision of their own, by name. */
export const reportedLayers = limited(
  z.strictObject({
    activationBits: gridBits.optional(),
    weightBits: gridBits.optional(),
    float: z.boolean().optional(),
  }),
);

/** Pinned ranges by tensor name. */
export const ranges = limited(z.strictObject({ alpha: finite, beta: finite }));

/** `scheme` of a target in report.json. */
export const scheme = z.strictObject({
  arch: z.enum(architectures).optional().describe("Version of the chip's processor, where several differ."),
  weights,
  weightBits: gridBits,
  activationBits: gridBits.or(z.literal(FLOAT_BITS)).describe('32 where activations stay in floating point.'),
  range: z.string().max(64).describe('How ranges were chosen.'),
  precision: precision.optional(),
  blockSize: z.int().min(16).max(256).optional().describe('Weights that have a scale together.'),
  float: float
    .optional()
    .describe('The type in which what is not integer is computed, where the chip has a choice.'),
  encodings: encodings.optional(),
  recipe: recipe.min(1).optional().describe('What repaired the weights, in this order.'),
  layers: reportedLayers.optional().describe('Layers with a precision of their own, as the target has them.'),
  ranges: ranges.optional().describe('Ranges that the target pins, without those of its model.'),
});
