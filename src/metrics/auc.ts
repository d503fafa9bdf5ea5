import { z } from 'zod';
import { binaryScore } from './binary-score.ts';
import { classLabel } from './classification.ts';
import type { Metric } from './metric.ts';
import { fromScores } from './over-picks.ts';

/** How much a sample looks like class 1, and its class. */
const scoreSchema = z.tuple([z.number(), z.union([z.literal(0), z.literal(1)])]);

/**
 * Area under the ROC curve of two classes: the share of pairs of one sample of class 1 and one of class 0 in which that of
 * class 1 has the higher score, a tie counted as half (J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29-36). Labels are
 * class ids 0 and 1. The interval is bootstrapped. As `roc_auc_score` of scikit-learn.
 */
export const auc: Metric = {
  name: 'auc',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'class',
  reference: false,
  decomposable: false,
  score: (outputs, label) => [binaryScore(outputs), classLabel(label, 2)],
  ...fromScores('auc', scoreSchema, (samples) => {
    const order = samples.map((_, i) => i).sort((a, b) => samples[a][0] - samples[b][0]);
    const counts = new Uint32Array(samples.length);
    return (indices) => {
      counts.fill(0);
      for (let i = 0; i < indices.length; i++) counts[indices[i]]++;
      let [below, all, won] = [0, 0, 0];
      for (let from = 0; from < order.length; ) {
        const tie = { 0: 0, 1: 0 };
        const value = samples[order[from]][0];
        for (; from < order.length && samples[order[from]][0] === value; from++)
          tie[samples[order[from]][1]] += counts[order[from]];
        won += tie[1] * (below + tie[0] / 2);
        below += tie[0];
        all += tie[1];
      }
      return won / (below * all);
    };
  }),
};
