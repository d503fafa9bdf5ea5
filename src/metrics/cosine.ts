import { besideKept, keepValues } from './kept-values.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Mean over samples of the cosine similarity with the FP32 output: 1 for FP32 itself, and for two zero outputs. */
export const cosine: Metric = {
  name: 'cosine',
  unit: 'value',
  higherIsBetter: true,
  labels: 'none',
  reference: true,
  decomposable: true,
  classes: 'distribution',
  score(outputs, _label, reference) {
    const { values, fp32 } = besideKept(outputs, reference);
    let dot = 0;
    let own = 0;
    let other = 0;
    for (let i = 0; i < fp32.length; i++) {
      dot += values[i] * fp32[i];
      own += values[i] ** 2;
      other += fp32[i] ** 2;
    }
    if (own === 0 || other === 0) return own === other ? 1 : 0;
    return Math.max(-1, Math.min(1, dot / (Math.sqrt(own) * Math.sqrt(other))));
  },
  aggregate: meanScore,
  keep: keepValues,
};
