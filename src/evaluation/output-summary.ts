import { z } from 'zod';
import type { OutputSketch } from './output-sketch.ts';

const count = z.int().min(0);

/** What a baseline says of the outputs of FP32. */
export const outputSummary = z.strictObject({
  samples: count.min(1),
  /** Null where the outputs are no scores of classes. */
  classes: count.nullable(),
  /** All samples have the same outputs, to the bit, and at least one of them is of floating point. */
  isConstant: z.boolean(),
  /** All samples have the same label; false where there are none. */
  isLabelConstant: z.boolean(),
  /** Samples with the commonest prediction. */
  commonest: count,
  /** Samples whose label is the commonest prediction; null without classes as labels. */
  labelledSo: count.nullable(),
});
export type OutputSummary = z.infer<typeof outputSummary>;

/** @param predictions the class of each sample */
export function summarizeOutputs(
  { samples, classes, output, label, labels }: OutputSketch,
  predictions: readonly number[],
): OutputSummary {
  const counts = new Map<number, number>();
  for (const each of predictions) counts.set(each, (counts.get(each) ?? 0) + 1);
  let commonest: readonly [prediction: number, count: number] = [-1, 0];
  for (const entry of counts) if (entry[1] > commonest[1]) commonest = entry;
  return {
    samples,
    classes,
    isConstant: output !== null,
    isLabelConstant: label !== null,
    commonest: commonest[1],
    labelledSo: labels.size === 0 ? null : (labels.get(commonest[0]) ?? 0),
  };
}
