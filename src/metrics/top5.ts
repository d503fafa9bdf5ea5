import { UserError } from '../errors.ts';
import { classLabel, classRank, classScores } from './classification.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Share of samples whose label is among the five highest class scores; the lowest index wins a tie. */
export const top5: Metric = {
  name: 'top5',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'class',
  reference: false,
  decomposable: true,
  classes: 'scores',
  guess: (classes) => Math.min(1, 5 / classes),
  score(outputs, label) {
    const scores = classScores(outputs);
    if (scores.length <= 5) throw new UserError(`top5 of ${scores.length} classes is always right: use top1`);
    return classRank(scores, classLabel(label, scores.length)) < 5 ? 1 : 0;
  },
  aggregate: meanScore,
};
