import { exponentOf } from '../numerics/fixed-point.ts';
import type { Narrowed } from '../numerics/htp.ts';
import { round } from '../numerics/rounding.ts';
import type { IntegerBias } from './bias.ts';

/** A bias in units of the sum of its channel. */
export interface SumBias {
  exact(channel: number): number;
  /** As float32 gives it, cut to an integer: now and then one less than its code. */
  cut(channel: number): number;
}

/**
 * A bias as HTP adds it.
 *
 * @param narrow how the weights of each channel come into 8 bits; undefined where they fit as they are
 */
export function sumBias(
  bias: Pick<IntegerBias, 'codes' | 'scales'> | undefined,
  narrow: readonly Narrowed[] | undefined,
): SumBias {
  if (bias === undefined) return { exact: () => 0, cut: () => 0 };
  const { scales } = bias;
  const isOne = scales.length === 1;
  const codes = isOne ? bias.codes : commonSteps(bias.codes);
  const kept = isOne ? bias.codes : asKept(bias.codes, scales);
  const at = <T>(values: ArrayLike<T>, c: number) => values[values.length === 1 ? 0 : c];
  const ratio = (c: number) => narrow?.[c].ratio ?? 1;
  return {
    exact: (c) => at(codes, c) / ratio(c),
    cut: (c) => {
      if (!isOne) return Math.trunc(at(kept, c) / ratio(c));
      const real = Math.fround(at(kept, c) * scales[0]);
      return Math.trunc(Math.fround(real / Math.fround(scales[0] * ratio(c))));
    },
  };
}

/**
 * Biases with a scale per channel, in its units: real values of the largest scale, in steps of which the largest of them has
 * 2^28, each operation in float32.
 */
function asKept(codes: Int32Array, scales: Float32Array): number[] {
  const largest = scales.reduce((most, scale) => Math.max(most, scale), 0);
  const values = Array.from(codes, (code) => Math.fround(Math.fround(code) * largest));
  const most = values.reduce((magnitude, value) => Math.max(magnitude, Math.abs(value)), 0);
  if (most === 0) return values;
  const [perUnit, unit] = [Math.fround(2 ** 28 / most), Math.fround(most / 2 ** 28)];
  return values.map((value) => {
    const steps = round(Math.fround(value * perUnit), 'half-to-even');
    return Math.fround(Math.fround(Math.fround(steps) * unit) / largest);
  });
}

/** Biases with a scale per channel are kept in 28 bits and a sign: the steps of the largest of them hold for all. */
function commonSteps(codes: Int32Array): number[] {
  const most = codes.reduce((largest, code) => Math.max(largest, Math.abs(code)), 1);
  const step = 2 ** Math.max(0, exponentOf(most - 0.5) - 28);
  return Array.from(codes, (code) => round(code / step, 'half-to-even') * step);
}
