import { z } from 'zod';
import { inconclusivePolicies } from './inconclusive-policy.ts';

/** Says what is expected in place of the words of zod. */
export const hint = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is missing' : expected),
});

export const tensorName = z.string().min(1).max(1024).meta({ title: 'name of a tensor' });
export const layerName = z.string().min(1).max(1024).meta({ title: 'name of a layer' });

const DROP_HINT = 'must be such as 1.0pp (percentage points), 1% (relative) or 0.5, from 0';
const drop = z
  .string()
  .max(40)
  .regex(/^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*([pP]{2}|%)?$/, hint(DROP_HINT))
  .meta({ title: 'text such as `1.0pp` or `1%`' });

const ACCURACY_HINT = 'must be such as 90% of a fraction, or a number in the unit of the metric';
const accuracy = z
  .string()
  .max(40)
  .regex(/^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*%?$/, hint(ACCURACY_HINT))
  .meta({ title: 'text such as `90%`' });

const limitHint = (most: number) => `must be a number from 0 to ${most}, or a map { value, except }`;
const limit = (most: number, of: 'tensor' | 'layer') => {
  const value = z.number().min(0).max(most).describe('The limit.');
  const except = z
    .array(of === 'tensor' ? tensorName : layerName)
    .max(1000)
    .default([])
    .describe(`Each ${of} that it does not hold for, by name.`);
  return z.union([value, z.strictObject({ value, except })], hint(limitHint(most)));
};

const ACCURACY_KEYS = ['max-drop', 'max-regression', 'min-accuracy'] as const;

/** `budget:` of a model. */
export const budget = z
  .strictObject({
    'max-drop': z
      .union([drop, z.number().min(0).max(1e30)], hint(DROP_HINT))
      .optional()
      .describe(
        'What quantization may cost: how much worse the quantized model may be than FP32 of the same model. `1.0pp` is percentage points of a fraction, `1%` is relative to FP32, a bare number is in the unit of the metric.',
      )
      .meta({ examples: ['1.0pp', '2%', 0.5] }),
    'max-regression': z
      .union([drop, z.number().min(0).max(1e30)], hint(DROP_HINT))
      .optional()
      .describe(
        'What a change may cost on the chip: how much worse the quantized model may be than that of the base branch. `max-drop` counts where it is left out. Where it is given, nothing passes whose baseline cannot be had; before the first baseline `max-drop` and `min-accuracy` judge alone, and without either nothing passes.',
      )
      .meta({ examples: ['1.0pp'] }),
    'min-accuracy': z
      .union([accuracy, z.number().min(-1e30).max(1e30)], hint(ACCURACY_HINT))
      .optional()
      .describe('The least value of the metric that the quantized model must have.')
      .meta({ examples: ['90%'] }),
    'max-bits-lost': limit(16, 'tensor')
      .optional()
      .describe(
        'The most bits that the range of a tensor may lose against the best range for the same values. A failure names the tensor and the reason.',
      )
      .meta({ examples: [1.0, { value: 1.0, except: ['attention/mask'] }] }),
    'min-effective-bits': limit(16, 'tensor')
      .optional()
      .describe('The fewest effective bits of a tensor: its SQNR in dB / 6.02.')
      .meta({ examples: [4] }),
    'min-sqnr-db': limit(200, 'layer')
      .optional()
      .describe(
        'The least SQNR in dB of the output of a layer that is quantized alone and reads FP32 inputs: the noise that the layer adds by itself.',
      )
      .meta({ examples: [15] }),
    confidence: z
      .number()
      .gt(0.5)
      .lt(1)
      .default(0.95)
      .describe(
        'Two-sided level of the interval of the drop. A target passes where the whole interval lies within the budget, and fails where all of it lies beyond.',
      ),
    'on-inconclusive': z
      .enum(inconclusivePolicies)
      .default('warn')
      .describe(
        'What an inconclusive verdict counts as: `pass`, `warn` (the job does not fail and says so) or `fail`.',
      ),
  })
  .refine((given) => ACCURACY_KEYS.some((key) => given[key] !== undefined), {
    error: `needs one of ${ACCURACY_KEYS.join(', ')}`,
  })
  .describe(
    'How much accuracy quantization may cost; each key may be left out, but not all of the first three.',
  );
