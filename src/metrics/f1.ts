import { z } from 'zod';
import { singleValue } from './binary-score.ts';
import { classLabel, predictionOf } from './classification.ts';
import { configurable } from './configurable.ts';
import type { Metric, Outputs } from './metric.ts';
import { fromScores } from './over-picks.ts';

/** The class that the model says, and the label's. */
const scoreSchema = z.tuple([z.int(), z.int()]);
type Pair = z.output<typeof scoreSchema>;

const threshold = z
  .number()
  .default(0.5)
  .describe('A single value above it is class 1: 0.5 of a probability, 0 of a logit.');

/**
 * F1 of the positive class, 2 TP / (2 TP + FP + FN), and 0 where all three are 0 (C. J. van Rijsbergen, Information
 * Retrieval, 2nd ed. 1979, ch. 7). Outputs as for top1, or a single value. Labels are class ids. The interval is
 * bootstrapped. As `f1_score(average="binary")` of scikit-learn.
 */
export const f1 = configurable(
  'f1',
  z.strictObject({
    positive: z.int().min(0).default(1).describe('The class that is looked for.'),
    threshold,
  }),
  (options) => f1Metric('f1', options.threshold, (pairs) => f1Of(pairs, options.positive)),
);

/**
 * Mean of the F1 of each class that is a label or a prediction, all classes alike. As `f1_score(average="macro")` of
 * scikit-learn.
 */
export const f1Macro = configurable('f1-macro', z.strictObject({ threshold }), (options) =>
  f1Metric('f1-macro', options.threshold, (pairs) => {
    const classes = [...new Set([...pairs.values()].flatMap(({ pair }) => pair))];
    return classes.reduce((sum, each) => sum + f1Of(pairs, each), 0) / classes.length;
  }),
);

interface Counted {
  readonly pair: Pair;
  count: number;
}
type Confusion = ReadonlyMap<string, Counted>;

function f1Metric(name: string, most: number, of: (confusion: Confusion) => number): Metric {
  return {
    name,
    unit: 'fraction',
    higherIsBetter: true,
    labels: 'class',
    reference: false,
    decomposable: false,
    score(outputs, label) {
      const { predicted, classes } = classAbove(outputs, most);
      return [predicted, classLabel(label, classes)];
    },
    ...fromScores(name, scoreSchema, (pairs) => (indices) => {
      const confusion = new Map<string, Counted>();
      for (let i = 0; i < indices.length; i++) {
        const pair = pairs[indices[i]];
        const key = pair.join();
        const known = confusion.get(key);
        if (known === undefined) confusion.set(key, { pair, count: 1 });
        else known.count++;
      }
      return of(confusion);
    }),
  };
}

function classAbove(outputs: Outputs, most: number): { predicted: number; classes: number | undefined } {
  const single = singleValue(outputs);
  return single === undefined ? predictionOf(outputs) : { predicted: single > most ? 1 : 0, classes: 2 };
}

function f1Of(confusion: Confusion, positive: number): number {
  let [both, either] = [0, 0];
  for (const { pair, count } of confusion.values()) {
    const positives = pair.filter((each) => each === positive).length;
    if (positives === 2) both += count;
    either += positives * count;
  }
  return either === 0 ? 0 : (2 * both) / either;
}
