import { z } from 'zod';
import { rangeMethodNames } from '../numerics/ranges/index.ts';
import { type Chip, chipsWith, targetOf, targets } from '../targets/index.ts';
import { rangeMethodsOf } from '../targets/range-methods-of.ts';
import { type EncodingsVersion, encodingVersions } from '../targets/snpe.ts';
import { floatTypes, precisions, type RangeChoice, type Target } from '../targets/target.ts';
import { blockProblems, blockSize } from './block-schema.ts';
import { hint, tensorName } from './budget-schema.ts';
import { entries } from './entries.ts';
import { beyondChip, layers, bits as width } from './layer-schema.ts';
import { repairSteps, roundsIntegers } from './repair-steps.ts';
import { kindOf } from './target-id.ts';

const FLOAT8_BITS = 8;

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

export const precision = z
  .enum(precisions)
  .describe('fp8: E4M3 in place of integers, on chips that have it (tensorrt).');

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

/** Whether ranges for the codes of a target can be chosen this way. */
export function canChoose(choice: RangeChoice, target: Target): boolean {
  return choice === 'native' || rangeMethodsOf(target).includes(choice);
}

/** What can choose them where something else cannot. */
export function choicesOf(target: Target): string {
  return `counts integers, and ${target.precision} has none: take one of ${rangeMethodsOf(target).join(', ')}`;
}

/** An entry of `targets:`. */
export const target = z.union(
  [
    chip,
    z
      .strictObject({
        chip,
        weights: z.enum(granularities).optional().describe('One scale a channel or one a tensor.'),
        precision: precision.optional(),
        'weight-bits': bits.describe('Width of the integers of weights.'),
        'activation-bits': z
          .union([width, z.literal('float')])
          .default(8)
          .describe('Width of the integers of activations; float beside block-size on onnxruntime.'),
        'block-size': blockSize.optional(),
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
        const refuse = (path: readonly string[], message: string) =>
          context.addIssue({ code: 'custom', path: [...path], message });
        const { chip, precision } = given;
        const as = targetOf(chip, kindOf(given));
        if (given['block-size'] !== undefined) {
          for (const { path, message } of blockProblems(given, as)) refuse(path, message);
          if (as === undefined) return;
        } else if (given['activation-bits'] === 'float')
          refuse(['activation-bits'], 'float goes with block-size, for weights in blocks');
        if (as === undefined)
          return refuse(
            ['precision'],
            `${chip} has no ${precision}, only ${chipsWith({ precision }).join(', ')}`,
          );
        for (const { path, message } of beyondChip(given.layers ?? {}, as))
          refuse(['layers', ...path], message);
        if (precision === undefined) return;
        for (const key of ['weight-bits', 'activation-bits'] as const)
          if (given[key] !== FLOAT8_BITS) refuse([key], `${precision} has ${FLOAT8_BITS} bits: leave it out`);
        const rounds = given.recipe?.findIndex(roundsIntegers) ?? -1;
        if (rounds >= 0)
          refuse(['recipe', String(rounds)], `rounds integers, and ${precision} has none: take it out`);
        if (given.range !== undefined && !canChoose(given.range, as)) refuse(['range'], choicesOf(as));
      }),
  ],
  hint(`must be one of ${chips.join(', ')}, or a map with such a chip`),
);
