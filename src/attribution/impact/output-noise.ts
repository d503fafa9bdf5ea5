import { isFloat, numbersOf } from '../../data/convert.ts';
import { klDivergence } from '../../metrics/kl-divergence.ts';
import type { Outputs } from '../../metrics/metric.ts';
import { elementCount, type Tensor } from '../../numerics/tensor.ts';
import type { Impact } from '../attribution.ts';

/**
 * What quantization did to tensors at the end of a model, from the outputs of the same samples in the same order.
 *
 * - nsr: Σ ‖q − y‖² / Σ ‖y‖² over the samples, for each floating-point output, and the mean of that over the outputs:
 *   boxes in pixels would drown scores in one sum of powers, and a large map a small vector. An output without signal
 *   has no NSR and is left out; if none has signal, 0 without noise and Infinity with it. A value that became NaN or
 *   infinite makes it Infinity; one that FP32 has so already counts as neither. An output of another length (boxes
 *   that were found) has as noise both powers, as if nothing were in common.
 * - kl: mean over the samples; the first output's classes are along the last axis of rank 1 to 3, else along axis 1.
 * - worstSample: 1 / samples without noise; samples of infinite noise share it equally.
 *
 * @param outputs names of these tensors, the first output that the metric reads first
 */
export function outputNoise(
  fp32: readonly Outputs[],
  quantized: readonly Outputs[],
  outputs: readonly string[],
): Impact {
  const floats = outputs.filter((name) => isFloat(fp32[0][name].type));
  const signals = new Map(
    floats.map((name) => [name, total(fp32.map((row) => power(numbersOf(row[name]))))]),
  );
  const alive = floats.filter((name) => signals.get(name)! > 0);
  const counted = alive.length > 0 ? alive : floats;
  const ofSample = fp32.map((row, sample) => {
    const relative = counted.map((name) => {
      const noise = noisePower(numbersOf(row[name]), numbersOf(quantized[sample][name]));
      return noise === 0 ? 0 : noise / signals.get(name)!;
    });
    return total(relative) / Math.max(counted.length, 1);
  });
  const first = outputs[0];
  const divergences = fp32.map((row, sample) => divergence(row[first], quantized[sample][first]));
  return {
    nsr: total(ofSample),
    kl: total(divergences) / fp32.length,
    worstSample: largestShare(ofSample),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Σ x² of the finite values. */
function power(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) sum += values[i] ** 2;
  return sum;
}

function noisePower(fp32: ArrayLike<number>, quantized: ArrayLike<number>): number {
  if (fp32.length !== quantized.length) return power(fp32) + power(quantized);
  let sum = 0;
  for (let i = 0; i < fp32.length; i++) {
    if (Object.is(fp32[i], quantized[i])) continue;
    sum += (quantized[i] - fp32[i]) ** 2;
  }
  return Number.isNaN(sum) ? Infinity : sum;
}

function largestShare(noise: readonly number[]): number {
  const sum = total(noise);
  if (sum === 0) return 1 / noise.length;
  if (sum === Infinity) return 1 / noise.filter((n) => n === Infinity).length;
  return Math.max(...noise) / sum;
}

/** Mean KL divergence of the class distributions of one sample, in nats; 0 for class ids, and where there is one class. */
function divergence(fp32: Tensor, quantized: Tensor): number {
  if (!isFloat(fp32.type) || fp32.data.length === 0) return 0;
  if (fp32.data.length !== quantized.data.length) return Infinity;
  const [p, q] = [classesLast(fp32), classesLast(quantized)];
  if (p.classes === 1) return 0;
  let sum = 0;
  for (let start = 0; start < p.values.length; start += p.classes)
    sum += klDivergence(p.values, q.values, start, p.classes);
  return Number.isNaN(sum) ? Infinity : Math.max(0, sum / (p.values.length / p.classes));
}

/** Values in an order in which those of one distribution follow each other. */
function classesLast(tensor: Tensor): { values: ArrayLike<number>; classes: number } {
  const { dims } = tensor;
  const values = numbersOf(tensor);
  if (dims.length <= 3) return { values, classes: dims.at(-1) ?? 1 };
  const [, classes] = dims;
  const inner = elementCount(dims.slice(2));
  const moved = new Float64Array(values.length);
  for (let i = 0, place = 0; place < values.length / classes; place++) {
    const first = Math.floor(place / inner) * classes * inner + (place % inner);
    for (let c = 0; c < classes; c++) moved[i++] = values[first + c * inner];
  }
  return { values: moved, classes };
}
