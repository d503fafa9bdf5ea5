import { classLabel, classScores, rankOf } from './classification.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Share of samples whose highest class score is the label's; the lowest index wins a tie. */
export const top1: Metric = {
  name: 'top1',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'class',
  reference: false,
  decomposable: true,
  score(outputs, label) {
    const scores = classScores(outputs);
    return rankOf(scores, classLabel(label, scores.length)) === 0 ? 1 : 0;
  },
  aggregate: meanScore,
};
