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
  const codes = scales.length === 1 ? bias.codes : commonSteps(bias.codes);
  const at = <T>(values: ArrayLike<T>, c: number) => values[values.length === 1 ? 0 : c];
  const ratio = (c: number) => narrow?.[c].ratio ?? 1;
  const largest = scales.reduce((most, scale) => Math.max(most, scale), 0);
  return {
    exact: (c) => at(codes, c) / ratio(c),
    cut: (c) => {
      const scale = at(scales, c);
      const code = at(codes, c);
      if (scales.length === 1) {
        const real = Math.fround(code * scale);
        return Math.trunc(Math.fround(real / Math.fround(scale * ratio(c))));
      }
      // A scale per channel is a share of the largest one; this is the order of operations that comes closest.
      const share = Math.fround(1 / Math.fround(scale * Math.fround(1 / largest)));
      const real = Math.fround(Math.fround(code * largest) / share);
      return Math.trunc(Math.fround(Math.fround(real * share) / largest) / ratio(c));
    },
  };
}

/** Biases with a scale per channel are kept in 28 bits and a sign: the steps of the largest of them hold for all. */
function commonSteps(codes: Int32Array): number[] {
  const most = codes.reduce((largest, code) => Math.max(largest, Math.abs(code)), 1);
  const step = 2 ** Math.max(0, exponentOf(most - 0.5) - 28);
  return Array.from(codes, (code) => round(code / step, 'half-to-even') * step);
}
