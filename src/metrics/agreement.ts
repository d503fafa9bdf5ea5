import { UserError } from '../errors.ts';
import { predictionOf } from './classification.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** Share of samples with the same top class as the FP32 model: 1 for FP32 itself. Needs no labels. */
export const agreement: Metric = {
  name: 'agreement',
  unit: 'fraction',
  higherIsBetter: true,
  labels: 'none',
  reference: true,
  decomposable: true,
  classes: 'scores',
  score(outputs, _label, reference) {
    if (typeof reference !== 'number')
      throw new UserError('no FP32 class to agree with: make the baseline again');
    return predictionOf(outputs).predicted === reference ? 1 : 0;
  },
  aggregate: meanScore,
  keep: (outputs) => predictionOf(outputs).predicted,
};
