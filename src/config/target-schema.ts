import { z } from 'zod';
import { rangeMethodNames } from '../numerics/ranges/index.ts';
import { chipNamed, chipPattern, chips, type NamedChip } from '../targets/chip-names.ts';
import { architectures, NEWEST } from '../targets/hexagon-architectures.ts';
import { targets } from '../targets/index.ts';
import { type EncodingsVersion, encodingVersions } from '../targets/snpe.ts';
import { floatTypes, precisions } from '../targets/target.ts';
import { blockSize } from './block-schema.ts';
import { hint, tensorName } from './budget-schema.ts';
import { entries } from './entries.ts';
import { layers, bits as width } from './layer-schema.ts';
import { repairSteps } from './repair-steps.ts';
import type { TargetInput } from './target-id.ts';
import { targetProblems } from './target-problems.ts';
import { unknownChip } from './unknown-chip.ts';

const granularities = ['per-channel', 'per-tensor'] as const;

export const finite = z.number().min(-3.4e38).max(3.4e38);

const bits = width.default(8);
export const range = z.enum([...rangeMethodNames, 'native']);
function asChip({ input }: { readonly input?: unknown }): string {
  return input === undefined ? 'is missing' : unknownChip(typeof input === 'string' ? input : '');
}

/** A name that `chipNamed` knows; the enumeration is for editors. */
const chip = z
  .union([z.enum(chips), z.string().max(64).regex(chipPattern, { error: asChip })], { error: asChip })
  .transform((name): NamedChip => chipNamed(name)!)
  .describe(
    'The chip with its toolchain, by any name that people have for it: snpe or htp-v73, tensorrt or jetson.',
  );

const arch = z
  .union([z.enum(architectures), z.string().max(8).toLowerCase().pipe(z.enum(architectures))], {
    ...hint(`must be one of ${architectures.join(', ')}`),
  })
  .describe(`Version of snpe's Hexagon processor: ${NEWEST} by default, the newest.`);

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

/** An entry of `targets:`. */
export const target = z.union(
  [
    chip.transform(
      ({ chip, arch }): TargetInput =>
        arch === undefined || arch === NEWEST ? chip : { chip, arch, 'weight-bits': 8, 'activation-bits': 8 },
    ),
    z
      .strictObject({
        chip,
        arch: arch.optional(),
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
      .transform(({ chip: named, arch: given, ...options }, context) => {
        const arch = given ?? named.arch;
        if (named.arch !== undefined && arch !== named.arch)
          context.addIssue({
            code: 'custom',
            path: ['arch'],
            message: `chip says ${named.arch}: leave one of the two out`,
          });
        return { chip: named.chip, ...(arch && { arch }), ...options };
      })
      .refine(({ chip, float: type }) => type !== 'fp16' || 'fp16' in targets[chip], {
        error: 'must be fp32 or left out: this chip computes in float32 what is not integer',
        path: ['float'],
      })
      .superRefine((given, context) => {
        for (const { path, message } of targetProblems(given))
          context.addIssue({ code: 'custom', path: [...path], message });
      }),
  ],
  { error: asChip },
);
