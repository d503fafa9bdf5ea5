import type { Granularity } from '../targets/target.ts';
import type { Cause } from './cause.ts';

/** What a remedy depends on beside the cause. */
export interface Situation {
  readonly granularity: Granularity;
  readonly weightBits: number;
  readonly activationBits: number;
  /** Bits that the worst range of what the units read loses. */
  readonly bitsLost: number;
}

/** From here on another range is worth more than another width (quantization-error of a quarter bit is 1.5 dB). */
const WORTH_A_RANGE = 0.25;

/** What to do about the step that costs most, in words that follow "To do:". */
export function remedyFor({ step }: Cause, situation: Situation): string {
  const { granularity, weightBits, activationBits, bitsLost } = situation;
  switch (step) {
    case 'weightRound':
      if (granularity === 'per-tensor')
        return 'set weights: per-channel for this target, or equalize the channels that share one scale';
      return weightBits < 8
        ? `give the weights of these layers more than ${weightBits} bits`
        : 'give these layers 16-bit weights, or keep them in floating point';
    case 'weightClip':
      return `weights of ${weightBits} bits are clipped to be rounded finely: give these layers more bits`;
    case 'activationRound':
      if (bitsLost >= WORTH_A_RANGE)
        return 'narrow the range of what these layers read (range: mse, or pin it)';
      return activationBits < 16
        ? 'give what these layers read 16-bit activations, or keep them in floating point'
        : 'keep these layers in floating point';
    case 'activationClip':
      return 'calibrate on more data that resemble the evaluation, or pin wider ranges';
    case 'output':
      return 'the accumulator or the bias is too narrow: split the sums, or lower the scale of what they multiply';
  }
}
