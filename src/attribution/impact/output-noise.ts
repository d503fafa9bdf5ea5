import { isFloat, numbersOf } from '../../data/convert.ts';
import type { Outputs } from '../../metrics/metric.ts';
import type { Impact } from '../attribution.ts';

/** Powers of one sample at the end of a model, for each measured tensor of floating point in their order. */
export interface SamplePowers {
  readonly signal: readonly number[];
  readonly noise: readonly number[];
}

/**
 * Σ y² of the finite values of each floating-point tensor of one sample.
 *
 * @param outputs names of these tensors
 */
export function signalPowers(fp32: Outputs, outputs: readonly string[]): number[] {
  return floatsOf(fp32, outputs).map((name) => power(numbersOf(fp32[name])));
}

/**
 * Σ (q − y)² of each floating-point tensor of one sample: Infinity where a value became NaN or infinite; one that FP32 has so
 * already counts as none. A tensor of another length (boxes that were found) has as noise both powers, as if nothing were
 * in common.
 */
export function noisePowers(fp32: Outputs, quantized: Outputs, outputs: readonly string[]): number[] {
  return floatsOf(fp32, outputs).map((name) => noisePower(numbersOf(fp32[name]), numbersOf(quantized[name])));
}

/**
 * What quantization did to tensors at the end of a model, from the powers of samples.
 *
 * - nsr: Σ noise / Σ signal over the samples, for each tensor, and the mean of that over the tensors: boxes in pixels would
 *   drown scores in one sum of powers, and a large map a small vector. A tensor without signal has no NSR and is left out;
 *   if none has signal, 0 without noise and Infinity with it.
 * - worstSample: 1 / samples without noise; samples of infinite noise share it equally.
 */
export function impactOf(samples: readonly SamplePowers[]): Impact {
  const places = [...(samples[0]?.signal.keys() ?? [])];
  const signals = places.map((place) => total(samples.map(({ signal }) => signal[place])));
  const alive = places.filter((place) => signals[place] > 0);
  const counted = alive.length > 0 ? alive : places;
  const ofSample = samples.map(({ noise }) => {
    const relative = counted.map((place) => (noise[place] === 0 ? 0 : noise[place] / signals[place]));
    return total(relative) / Math.max(counted.length, 1);
  });
  return { nsr: total(ofSample), worstSample: largestShare(ofSample), samples: samples.length };
}

/** `impactOf` the outputs of the same samples in the same order. */
export function outputNoise(
  fp32: readonly Outputs[],
  quantized: readonly Outputs[],
  outputs: readonly string[],
): Impact {
  return impactOf(
    fp32.map((row, sample) => ({
      signal: signalPowers(row, outputs),
      noise: noisePowers(row, quantized[sample], outputs),
    })),
  );
}

function floatsOf(row: Outputs, outputs: readonly string[]): string[] {
  return outputs.filter((name) => isFloat(row[name].type));
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
    const difference = quantized[i] - fp32[i];
    sum += difference * difference;
  }
  return Number.isNaN(sum) ? noiseBesideNonFinite(fp32, quantized) : sum;
}

/** The noise where there are NaN or infinities: what both models have alike is none. */
function noiseBesideNonFinite(fp32: ArrayLike<number>, quantized: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < fp32.length; i++)
    if (!Object.is(fp32[i], quantized[i])) sum += (quantized[i] - fp32[i]) ** 2;
  return Number.isNaN(sum) ? Infinity : sum;
}

function largestShare(noise: readonly number[]): number {
  const sum = total(noise);
  if (sum === 0) return 1 / noise.length;
  if (sum === Infinity) return 1 / noise.filter((n) => n === Infinity).length;
  return Math.max(...noise) / sum;
}
