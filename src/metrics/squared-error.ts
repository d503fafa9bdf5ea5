import { meanDifference } from './mean-difference.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Mean over samples of the mean squared difference from the label tensor. */
export const mseMetric: Metric = {
  name: 'mse',
  unit: 'value',
  higherIsBetter: false,
  labels: 'tensor',
  reference: false,
  decomposable: true,
  score: (outputs, label) => meanDifference(outputs, label, (y, t) => (y - t) ** 2),
  aggregate: meanScore,
};
