import { type Channels, eachStretch, layout } from './parts.ts';

/**
 * The largest magnitude that an accumulator of a layer can reach, whatever its input: for each channel along `axis`
 * the sum of |code − zero point| of its weights times the largest input, plus its bias; the largest of all channels.
 *
 * @param codes integer weights less their zero point, in the layout of `dims`
 * @param axis the dimension that counts output channels; null where there is one output
 * @param largestInput largest |code − zero point| of the input's grid
 * @param bias integer bias of each channel, if there is one
 */
export function worstAccumulator(
  codes: Float32Array,
  { dims, axis }: Channels,
  largestInput: number,
  bias?: Int32Array,
): number {
  const sums = new Float64Array(layout(dims, axis).channels);
  eachStretch({ dims, axis }, codes.length, (channel, start, end) => {
    let sum = sums[channel];
    for (let i = start; i < end; i++) sum += Math.abs(codes[i]);
    sums[channel] = sum;
  });
  let worst = 0;
  sums.forEach((sum, channel) => {
    const added = bias === undefined ? 0 : Math.abs(bias[channel % bias.length]);
    worst = Math.max(worst, sum * largestInput + added);
  });
  return worst;
}

/**
 * Bits that an accumulator of `bits` bits has to spare above a magnitude: 0 where it just fits, negative where it
 * overflows.
 */
export function headroomBits(magnitude: number, bits: number): number {
  return bits - 1 - Math.log2(Math.max(magnitude, 1));
}
