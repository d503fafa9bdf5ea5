import { z } from 'zod';
import { rangeMethodNames } from '../numerics/ranges/index.ts';
import { type Chip, targets } from '../targets/index.ts';
import { type EncodingsVersion, encodingVersions } from '../targets/snpe.ts';
import { floatTypes } from '../targets/target.ts';
import { hint, tensorName } from './budget-schema.ts';
import { entries } from './entries.ts';
import { beyondChip, layers, bits as width } from './layer-schema.ts';
import { repairSteps } from './repair-steps.ts';

const granularities = ['per-channel', 'per-tensor'] as const;

const chips = Object.keys(targets) as [Chip, ...Chip[]];

export const finite = z.number().min(-3.4e38).max(3.4e38);

const bits = width.default(8);
export const range = z.enum([...rangeMethodNames, 'native']);
const chip = z.enum(chips).describe('The chip with its toolchain.');

export const float = z.enum(floatTypes);

export const encodings = z
  .enum(Object.keys(encodingVersions) as [EncodingsVersion, ...EncodingsVersion[]])
  .describe("Version of snpe's encodings file: 0.6.1 by default, which every converter reads.");

const pin = z
  .strictObject({ alpha: finite, beta: finite })
  .refine(({ alpha, beta }) => alpha < beta, { error: 'alpha must be below beta' });

/** `ranges:` of a model or a target. */
export const pins = z.record(tensorName, pin).refine(...entries(0, 10_000));

const recipe = z
  .array(
    z.enum(repairSteps, hint(`must be one of ${repairSteps.join(', ')}`)),
    hint('must be a list such as [equalize, correct-bias]'),
  )
  .min(1)
  .max(8)
  .refine((steps) => new Set(steps).size === steps.length, { error: 'has a step twice' });

/** An entry of `targets:`. */
export const target = z.union(
  [
    chip,
    z
      .strictObject({
        chip,
        weights: z.enum(granularities).optional().describe('One scale a channel or one a tensor.'),
        'weight-bits': bits.describe('Width of the integers of weights.'),
        'activation-bits': bits.describe('Width of the integers of activations.'),
        range: range.optional().describe("How ranges are chosen, instead of the model's range."),
        float: float
          .optional()
          .describe('The type in which what is not integer is computed: fp16 where the engine has it.'),
        encodings: encodings.optional(),
        ranges: pins.optional().describe("Pinned ranges by tensor name, in place of the model's."),
        recipe: recipe.optional().describe('What repairs the weights for this target, in this order.'),
        layers: layers.optional().describe('Layers with a precision of their own, by name.'),
      })
      .refine((given) => given.encodings === undefined || given.chip === 'snpe', {
        error: 'is for snpe alone',
        path: ['encodings'],
      })
      .refine(({ chip, float: type }) => type !== 'fp16' || 'fp16' in targets[chip], {
        error: 'must be fp32 or left out: this chip computes in float32 what is not integer',
        path: ['float'],
      })
      .superRefine((given, context) => {
        for (const { path, message } of beyondChip(given.layers ?? {}, targets[given.chip]))
          context.addIssue({ code: 'custom', path: ['layers', ...path], message });
      }),
  ],
  hint(`must be one of ${chips.join(', ')}, or a map with such a chip`),
);
