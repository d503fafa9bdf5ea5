import { meanDifference } from './mean-difference.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Mean over samples of the mean absolute difference from the label tensor. */
export const mae: Metric = {
  name: 'mae',
  unit: 'value',
  higherIsBetter: false,
  labels: 'tensor',
  reference: false,
  decomposable: true,
  score: (outputs, label) => meanDifference(outputs, label, (y, t) => Math.abs(y - t)),
  aggregate: meanScore,
};
