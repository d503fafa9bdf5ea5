import { UserError } from '../errors.ts';
import { besideKept, keepValues } from './kept-values.ts';
import { logSumExp } from './log-sum-exp.ts';
import { meanScore } from './mean-score.ts';
import type { Metric } from './metric.ts';

/** A quantized softmax rounds small probabilities to 0, where the divergence is infinite; they count as 1e-7. */
const MIN_PROBABILITY = 1e-7;

/**
 * Mean over samples of KL(FP32 || quantized) of the class distributions, in nats; 0 for FP32 itself.
 * Output [1, C], [1, C, 1, ...] or [1, T, C] (mean over T). Logits go through softmax. A row that already is a
 * distribution in FP32 (none negative, sum within 1e-3 of 1) is taken as probabilities, and so is its quantized
 * row, whose rounding may have spoilt the sum: it is floored at 1e-7 and normalized.
 */
export const klMetric: Metric = {
  name: 'kl',
  unit: 'value',
  higherIsBetter: false,
  labels: 'none',
  reference: true,
  decomposable: true,
  classes: 'scores',
  score(outputs, _label, reference) {
    const { name, dims, values, fp32 } = besideKept(outputs, reference);
    const perToken = dims.length === 3 && dims[2] > 1;
    const rows = perToken ? dims[1] : 1;
    const classes = values.length / rows;
    if (classes === 0 || classes !== dims[perToken ? 2 : 1]) {
      throw new UserError(`output "${name}" is [${dims.join(', ')}]: kl needs [1, C] or [1, T, C]`);
    }
    let sum = 0;
    for (let start = 0; start < values.length; start += classes)
      sum += klDivergence(fp32, values, start, classes);
    return Math.max(0, sum / rows);
  },
  aggregate: meanScore,
  keep: keepValues,
};

/** KL(FP32 || quantized) of the distributions in `[start, start + classes)`, in nats. */
export function klDivergence(
  fp32: ArrayLike<number>,
  values: ArrayLike<number>,
  start: number,
  classes: number,
): number {
  let sum = 0;
  if (isDistribution(fp32, start, classes)) {
    const p = logProbabilities(fp32, start, classes);
    const q = logProbabilities(values, start, classes);
    for (let i = 0; i < classes; i++) sum += Math.exp(p[i]) * (p[i] - q[i]);
    return sum;
  }
  const [ofFp32, ofValues] = [logSumExp(fp32, start, classes), logSumExp(values, start, classes)];
  for (let i = start; i < start + classes; i++) {
    const p = fp32[i] - ofFp32;
    sum += Math.exp(p) * (p - (values[i] - ofValues));
  }
  return sum;
}

function isDistribution(values: ArrayLike<number>, start: number, count: number): boolean {
  let sum = 0;
  for (let i = start; i < start + count; i++) {
    if (values[i] < 0) return false;
    sum += values[i];
  }
  return Math.abs(sum - 1) <= 1e-3;
}

function logProbabilities(values: ArrayLike<number>, start: number, count: number): Float64Array {
  const floored = Float64Array.from({ length: count }, (_, i) =>
    Math.max(values[start + i], MIN_PROBABILITY),
  );
  const sum = floored.reduce((total, p) => total + p, 0);
  return floored.map((p) => Math.log(p / sum));
}
