import { quote } from '../errors.ts';
import { integerLayerOf } from '../quantization/integer-layers.ts';
import type { Unit } from '../quantization/units.ts';
import type { Advice, Findings } from './findings.ts';

const exact = new Intl.NumberFormat('en-US');

/** What to do about the error of the integer arithmetic behind the products of a unit. */
export function adviceOnOutput(unit: Unit, { quantized, overflows }: Findings): Advice {
  const { scheme } = quantized;
  const times = overflows.get(unit.name) ?? 0;
  const integer = unit.layer && integerLayerOf(quantized, unit.layer);
  if (times > 0 && integer !== undefined) {
    return {
      action: 'avoid-overflow',
      sentence: `Use a wider accumulator or narrower ranges, or split the sum: its int${integer.accumulatorBits} accumulator overflows ${exact.format(times)} times.`,
    };
  }
  const bias = unit.layer?.bias;
  if (scheme.target.bias === 'int32' && bias !== undefined) {
    return {
      action: 'float-bias',
      sentence: `Keep the bias ${quote(bias.name)} or this layer in floating point: as int32 in steps of input scale × weight scale it does not fit.`,
    };
  }
  return {
    action: 'keep-in-float',
    sentence: 'Keep this layer in floating point: the rescale of its integer sums makes most of its error.',
  };
}
