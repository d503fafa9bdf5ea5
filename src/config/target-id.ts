import { type Chip, targets } from '../targets/index.ts';
import type { EncodingsVersion } from '../targets/snpe.ts';
import type { Granularity } from '../targets/target.ts';
import type { RangeMethod, TargetConfig } from './config.ts';

/** A target as the config gives it: a chip, or a chip with what differs from its defaults. */
export type TargetInput =
  | Chip
  | {
      readonly chip: Chip;
      readonly weights?: Granularity | undefined;
      readonly 'weight-bits': number;
      readonly 'activation-bits': number;
      readonly range?: RangeMethod | undefined;
      readonly encodings?: EncodingsVersion | undefined;
    };

/** All options of a target; `fallback` is the range method of its model. */
export function resolveTarget(input: TargetInput, fallback: RangeMethod): TargetConfig {
  const given =
    typeof input === 'string' ? { chip: input, 'weight-bits': 8, 'activation-bits': 8 } : { ...input };
  return {
    id: targetId(input, fallback),
    chip: given.chip,
    weights: given.weights ?? targets[given.chip].weights.granularity,
    weightBits: given['weight-bits'],
    activationBits: given['activation-bits'],
    range: given.range ?? fallback,
    ...(given.encodings && { encodings: given.encodings }),
  };
}

/**
 * The chip and what differs from its defaults, such as `snpe` or `snpe-w4a8-per-channel-kl`. It does not depend on
 * the other targets of the model, so that a baseline is found again; equal options give equal ids.
 */
export function targetId(input: TargetInput, fallback: RangeMethod): string {
  if (typeof input === 'string') return input;
  const { chip, weights, range } = input;
  const bits = `w${input['weight-bits']}a${input['activation-bits']}`;
  return [
    chip,
    ...(bits === 'w8a8' ? [] : [bits]),
    ...(weights && weights !== targets[chip].weights.granularity ? [weights] : []),
    ...(range && range !== fallback ? [range] : []),
  ].join('-');
}
