import { z } from 'zod';
import { inconclusivePolicies } from './inconclusive-policy.ts';

/** Says what is expected in place of the words of zod. */
export const hint = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is missing' : expected),
});

export const tensorName = z.string().min(1).max(1024);

const DROP_HINT = 'must be such as 1.0pp (percentage points), 1% (relative) or 0.5, from 0';
const drop = z
  .string()
  .max(40)
  .regex(/^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*([pP]{2}|%)?$/, hint(DROP_HINT));

const ACCURACY_HINT = 'must be such as 90% of a fraction, or a number in the unit of the metric';
const accuracy = z
  .string()
  .max(40)
  .regex(/^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*%?$/, hint(ACCURACY_HINT));

const limitHint = (most: number) => `must be a number from 0 to ${most}, or a map { value, except }`;
const limit = (most: number, of: 'tensor' | 'layer') => {
  const value = z.number().min(0).max(most);
  const except = z
    .array(tensorName)
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
        'How much worse than FP32 of the same model: 1.0pp is percentage points of a fraction, 1% is relative to FP32, a bare number is in the unit of the metric.',
      ),
    'max-regression': z
      .union([drop, z.number().min(0).max(1e30)], hint(DROP_HINT))
      .optional()
      .describe('How much worse than the base branch on the chip; as max-drop if left out.'),
    'min-accuracy': z
      .union([accuracy, z.number().min(-1e30).max(1e30)], hint(ACCURACY_HINT))
      .optional()
      .describe('The least value of the metric that the quantized model must have.'),
    'max-bits-lost': limit(16, 'tensor')
      .optional()
      .describe('The most bits that the range of a tensor may lose against the best range.'),
    'min-effective-bits': limit(16, 'tensor')
      .optional()
      .describe('The fewest effective bits of a tensor: its SQNR in dB / 6.02.'),
    'min-sqnr-db': limit(200, 'layer')
      .optional()
      .describe(
        'The least SQNR in dB of the output of a layer that is quantized alone and reads FP32 inputs.',
      ),
    confidence: z
      .number()
      .gt(0.5)
      .lt(1)
      .default(0.95)
      .describe('Two-sided level of the interval of the drop.'),
    'on-inconclusive': z
      .enum(inconclusivePolicies)
      .default('warn')
      .describe('What counts if the samples do not decide.'),
  })
  .refine((given) => ACCURACY_KEYS.some((key) => given[key] !== undefined), {
    error: `needs one of ${ACCURACY_KEYS.join(', ')}`,
  })
  .describe(
    'How much accuracy quantization may cost; each key may be left out, but not all of the first three.',
  );
