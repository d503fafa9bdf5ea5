import { z } from 'zod';
import { historyPoint } from '../history/point.ts';

const finite = z.number();
const count = z.int().min(0);
const name = z.string().max(1024);

export const flips = z.strictObject({ lost: count, gained: count });

export const decided = z.enum(['pass', 'fail', 'inconclusive']);

const difference = {
  drop: finite.describe('How much worse, in the unit of the metric.'),
  interval: z.tuple([finite, finite]),
  flips: flips.nullable(),
};

export const base = z
  .strictObject({
    fp32: finite.describe('FP32 metric of the base, on the samples of `metric`.'),
    int8: finite
      .nullable()
      .describe('INT8 metric of the base on this target, on the same; null where it has none.'),
    training: z
      .strictObject(difference)
      .nullable()
      .describe('FP32 of the base → FP32 of this model; null for a metric that compares with FP32 itself.'),
    onChip: z
      .strictObject({
        ...difference,
        verdict: decided,
        budget: finite.nullable(),
        against: z.enum(['int8', 'fp32']),
      })
      .describe('What the base has → INT8 of this model.'),
    history: z
      .array(
        z.strictObject({ int8: finite, date: historyPoint.shape.date, commit: historyPoint.shape.commit }),
      )
      .max(60)
      .optional()
      .describe('INT8 of the last recordings on the base branch on this target, oldest first.'),
    missing: z.string().max(500).optional().describe('Why the base has no INT8 to compare with.'),
  })
  .describe('What the base branch has on the same samples, and what changed since.');

const rangeOrNull = z.tuple([finite, finite]).nullable();
export const sinceBase = z
  .strictObject({
    ranges: z
      .array(z.strictObject({ tensor: name, before: rangeOrNull, after: rangeOrNull }))
      .max(20)
      .describe('α and β of tensors whose range is another, or that one side does not have.'),
    layers: z
      .array(z.strictObject({ layer: name, before: finite.nullable(), after: finite.nullable() }))
      .max(20)
      .describe('Impact of layers that make more or less of the output noise.'),
    more: z.strictObject({ ranges: count, layers: count }).describe('How many are left out.'),
  })
  .describe('What differs from the quantized model of the base, the largest difference first.');

export const floor = z
  .strictObject({ verdict: decided, value: finite, interval: z.tuple([finite, finite]) })
  .describe('The least value that INT8 must have, and the interval of the one that it has.');
