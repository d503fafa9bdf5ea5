import { z } from 'zod';
import { chipNamed, chipPattern, chips, type NamedChip } from '../targets/chip-names.ts';
import { architectures, NEWEST } from '../targets/hexagon-architectures.ts';
import { targets } from '../targets/index.ts';
import { rangeChoices } from '../targets/range-methods-of.ts';
import { type EncodingsVersion, encodingVersions } from '../targets/snpe.ts';
import { floatTypes, precisions } from '../targets/target.ts';
import { blockSize } from './block-schema.ts';
import { hint, tensorName } from './budget-schema.ts';
import { entries } from './entries.ts';
import { layers, bits as width } from './layer-schema.ts';
import { recipeWords, repairSteps } from './repair-steps.ts';
import type { TargetInput } from './target-id.ts';
import { targetProblems } from './target-problems.ts';
import { unknownChip } from './unknown-chip.ts';

const granularities = ['per-channel', 'per-tensor'] as const;

export const finite = z.number().min(-3.4e38).max(3.4e38);

const bits = width.default(8);
export const range = z.enum(rangeChoices);

/** What each of them does. */
export const rangeWords = [
  'How the ranges of activations are chosen from the calibration samples.',
  '- `mse`: the range of least squared error.',
  '- `min-max`: all that was seen.',
  '- `percentile`: all but 0.001 % of the values.',
  "- `kl`: TensorRT's entropy calibration.",
  '- `aciq`: the range that is best for a Gauss or Laplace density fitted to the values.',
  "- `enhanced`: SNPE's, which holds clipping to be worse than rounding.",
  "- `native`: what the chip's own toolchain does when nobody tells it.",
].join('\n');
function asChip({ input }: { readonly input?: unknown }): string {
  return input === undefined ? 'is missing' : unknownChip(typeof input === 'string' ? input : '');
}

/** A name that `chipNamed` knows; the enumeration is for editors. */
const chip = z
  .union(
    [
      z.enum(chips),
      z.string().max(64).regex(chipPattern, { error: asChip }).meta({ title: 'another name of one' }),
    ],
    { error: asChip },
  )
  .transform((name): NamedChip => chipNamed(name)!)
  .describe(
    'The chip with its toolchain, by any name that people have for it, in any case: `snpe` or `htp-v73`, `tensorrt` or `jetson`. Their pages have the names.',
  );

const arch = z
  .union(
    [
      z.enum(architectures),
      z.string().max(8).toLowerCase().pipe(z.enum(architectures)).meta({ title: 'in any case' }),
    ],
    {
      ...hint(`must be one of ${architectures.join(', ')}`),
    },
  )
  .describe(`Version of the Hexagon processor of \`snpe\`: \`${NEWEST}\` if left out, the newest.`);

export const float = z.enum(floatTypes);

export const encodings = z
  .enum(Object.keys(encodingVersions) as [EncodingsVersion, ...EncodingsVersion[]])
  .describe(
    'Version of the encodings file of `snpe`: `0.6.1` if left out, which every converter reads; `1.0.0` for weights in blocks.',
  );

export const precision = z
  .enum(precisions)
  .describe(
    [
      'What is computed with in place of integers. `fp8` is E4M3 on `tensorrt`: scale max/448, ties to even, saturating.',
      '- ranges by `mse`, `min-max`, `percentile`, `enhanced` or `native` (min-max);',
      '- recipes of `equalize`, `absorb-bias`, `smooth` and `correct-bias`;',
      '- `layers` with `float: true`.',
      'The other range methods and steps count integers, and are refused. Convolutions of fewer than 16 channels in a group, depthwise ones among them, stay in floating point.',
    ].join('\n'),
  );

const pin = z
  .strictObject({
    alpha: finite.describe('The least value of the range.'),
    beta: finite.describe('The greatest value, above alpha.'),
  })
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
        weights: z
          .enum(granularities)
          .optional()
          .describe(
            'Whether weights have one scale for each output channel or one for the tensor. As the chip has it if left out.',
          ),
        precision: precision.optional(),
        'weight-bits': bits.describe('Width of the integers of weights.'),
        'activation-bits': z
          .union([width, z.literal('float')])
          .default(8)
          .describe('Width of the integers of activations; `float` beside `block-size` on `onnxruntime`.'),
        'block-size': blockSize.optional(),
        range: range
          .optional()
          .describe("How the ranges of this target are chosen, in place of the model's `range`."),
        float: float
          .optional()
          .describe(
            'The type in which the engine computes what is not integer: `fp16` if left out on `tensorrt` and `cambricon`, `fp32` elsewhere. In `fp16` every such tensor is rounded to binary16, and what is beyond 65,504 becomes infinite: it is named with its operator, and the target is measured without. `fp32` is the engine without `--fp16` (MagicMind: `qint8_mixed_float32`).',
          ),
        encodings: encodings.optional(),
        ranges: pins
          .optional()
          .describe("Pinned ranges by tensor name, in place of the model's.")
          .meta({ examples: [{ 'stem/relu6': { alpha: 0, beta: 4.9 } }] }),
        recipe: recipe
          .optional()
          .describe(recipeWords)
          .meta({ examples: [['equalize', 'correct-bias', 'round']] }),
        layers: layers
          .optional()
          .describe(
            'Layers with a precision of their own, by their name in the report. Up to 16 bits on `snpe`, `cambricon`, `onnxruntime` and `rknn`, up to 8 elsewhere. The files for the chip have the bits of each tensor and leave layers in floating point out.',
          )
          .meta({ examples: [{ 'head/conv': { float: true } }, { 'head/conv': { 'activation-bits': 16 } }] }),
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
