import { z } from 'zod';
import { UserError } from '../errors.ts';
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
    positive: z
      .int()
      .min(0)
      .optional()
      .describe('The class that is looked for: 1 where there are two, and to be named where there are more.'),
    threshold,
  }),
  ({ positive, threshold: most }) =>
    f1Metric('f1', { most, check: (pair, classes) => checkPositive(positive, pair, classes) }, (pairs) =>
      f1Of(pairs, positive ?? 1),
    ),
);

/**
 * Mean of the F1 of each class that is a label or a prediction, all classes alike. As `f1_score(average="macro")` of
 * scikit-learn.
 */
export const f1Macro = configurable('f1-macro', z.strictObject({ threshold }), (options) =>
  f1Metric('f1-macro', { most: options.threshold }, (pairs) => {
    const classes = [...new Set([...pairs.values()].flatMap(({ pair }) => pair))];
    return classes.reduce((sum, each) => sum + f1Of(pairs, each), 0) / classes.length;
  }),
);

function checkPositive(positive: number | undefined, pair: Pair, classes: number | undefined): void {
  if (positive === undefined && ((classes ?? 2) > 2 || Math.max(...pair) > 1))
    throw new UserError(
      `the model has ${classes ?? 'more than 2'} classes, and f1 is that of one: name it in metric.positive, or take f1-macro`,
    );
  if (positive !== undefined && classes !== undefined && positive >= classes)
    throw new UserError(
      `metric.positive ${positive} is outside the model's ${classes} classes (0 to ${classes - 1}): correct it`,
    );
}

interface Counted {
  readonly pair: Pair;
  count: number;
}
type Confusion = ReadonlyMap<string, Counted>;

/** Which class a sample is of. */
interface Picking {
  /** What a single value is above where it is class 1. */
  readonly most: number;
  /** @throws UserError when what is asked for cannot be told of these classes */
  readonly check?: (pair: Pair, classes: number | undefined) => void;
}

function f1Metric(name: string, { most, check }: Picking, of: (confusion: Confusion) => number): Metric {
  return {
    name,
    unit: 'fraction',
    higherIsBetter: true,
    labels: 'class',
    reference: false,
    decomposable: false,
    score(outputs, label) {
      const { predicted, classes } = classAbove(outputs, most);
      const pair: Pair = [predicted, classLabel(label, classes)];
      check?.(pair, classes);
      return pair;
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
