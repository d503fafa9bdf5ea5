import { meanDifference } from './mean-difference.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** A perfect image has an infinite PSNR, which no mean survives; it counts as 100 dB. */
const MIN_MSE = 1e-10;

/**
 * Mean over samples of PSNR_dB = -10 log10 MSE: peak 1, the output clamped to [0, 1], the label tensor as it
 * is. At most 100 dB a sample.
 */
export const psnr: Metric = {
  name: 'psnr',
  unit: 'dB',
  higherIsBetter: true,
  labels: 'tensor',
  reference: false,
  decomposable: true,
  score(outputs, label) {
    const error = meanDifference(outputs, label, (y, t) => (Math.min(1, Math.max(0, y)) - t) ** 2);
    return -10 * Math.log10(Math.max(error, MIN_MSE));
  },
  aggregate: meanScore,
};
