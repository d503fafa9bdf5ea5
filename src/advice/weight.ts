import { quote } from '../errors.ts';
import { NEGLIGIBLE_BITS_LOST } from '../quantization/bit-use.ts';
import { mayHaveChannelScales } from '../quantization/channel-scales.ts';
import type { Unit } from '../quantization/units.ts';
import type { ChannelPrecision } from '../quantization/weight-bit-use.ts';
import type { Advice, Findings } from './findings.ts';

/** Half of the channels lose this many bits, or some keep fewer than four: the channels, not the bits, are to blame. */
const WIDELY_SPREAD_BITS = 2;

/** What to do about the error of a weight. */
export function adviceOnWeight(
  unit: Unit,
  { quantized: { model, scheme, parameters }, weightBits }: Findings,
): Advice | undefined {
  const weight = unit.layer?.weight;
  const bits = parameters.weights.get(unit.name)?.grid.bits;
  const use = weightBits.get(unit.name);
  if (weight === undefined || bits === undefined || use === undefined) return undefined;
  const name = quote(model.weightNames.get(weight.name) ?? weight.name);
  const precision = use.channelPrecision;
  if (precision !== undefined && isWidelySpread(precision, bits)) {
    const differ = `the channels of ${name} differ ${times(precision, bits)} times, so ${keptBits(precision, bits)}`;
    return mayHaveChannelScales(scheme.target, unit.layer!)
      ? { action: 'per-channel-weights', sentence: `Use per-channel weights: ${differ}.` }
      : {
          action: 'equalize-channels',
          sentence: `Equalize the channels across layers, as the target has one scale for a weight of ${unit.op}: ${differ}.`,
        };
  }
  const now = `${use.effectiveBits.toFixed(1)} of ${bits} bits are effective in ${name}`;
  const best = use.bitsLost < NEGLIGIBLE_BITS_LOST ? ', and no range keeps more' : '';
  const { widest, floats } = scheme.target;
  if (bits < widest.weights) {
    const more = bits < 8 ? 'more bits' : `${widest.weights} bits`;
    return {
      action: 'more-weight-bits',
      sentence: `Give the weights of this layer ${more}${floats ? ', or keep it in floating point' : ''}: ${now}${best}.`,
    };
  }
  return { action: 'keep-in-float', sentence: `Keep this layer in floating point: ${now}.` };
}

function isWidelySpread(
  { leastBits, medianBits, channels, under4Bits }: ChannelPrecision,
  bits: number,
): boolean {
  if (channels < 2) return false;
  const some = leastBits < Math.min(4, bits - WIDELY_SPREAD_BITS) && under4Bits >= channels / 10;
  return some || medianBits <= bits - WIDELY_SPREAD_BITS;
}

/** How much wider the widest channel is than the narrowest. */
function times({ leastBits }: ChannelPrecision, bits: number): string {
  const ratio = 2 ** (bits - leastBits);
  return ratio >= 2 ** bits ? `more than ${2 ** bits}` : String(Number(ratio.toPrecision(2)));
}

function keptBits({ medianBits, under4Bits, channels }: ChannelPrecision, bits: number): string {
  if (medianBits <= bits - WIDELY_SPREAD_BITS) return `most keep ${Math.round(medianBits)} of ${bits} bits`;
  return `${under4Bits} of ${channels} keep fewer than 4 of ${bits} bits`;
}
