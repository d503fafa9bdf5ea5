import { classLabel, predictionOf } from './classification.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Share of samples whose highest class score, or class id, is the label's; the lowest index wins a tie. */
export const top1: Metric = {
  name: 'top1',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'class',
  reference: false,
  decomposable: true,
  classes: 'scores',
  guess: (classes) => 1 / classes,
  score(outputs, label) {
    const { predicted, classes } = predictionOf(outputs);
    return predicted === classLabel(label, classes) ? 1 : 0;
  },
  aggregate: meanScore,
};
