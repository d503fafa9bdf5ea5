import type { Attribution } from '../attribution/attribution.ts';
import type { Range } from '../numerics/grid.ts';
import type { Histogram } from '../numerics/histogram.ts';
import type { ActivationBitUse } from '../quantization/bit-use.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { WeightBitUse } from '../quantization/weight-bit-use.ts';

/** What can be done about a unit besides another range. */
const actions = [
  'per-channel-weights',
  'equalize-channels',
  'more-weight-bits',
  'replace-mask-constant',
  'more-activation-bits',
  'more-calibration-data',
  'widen-range',
  'widen-pin',
  'avoid-overflow',
  'float-bias',
  'keep-in-float',
] as const;
export type Action = (typeof actions)[number];

export interface Advice {
  readonly action: Action;
  /** One sentence that says what to do and why. */
  readonly sentence: string;
}

/** Everything that was found out about a target's model. */
export interface Findings {
  readonly attribution: Attribution;
  readonly quantized: Quantized;
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** By activation. */
  readonly activationBits: ReadonlyMap<string, ActivationBitUse>;
  /** By layer name. */
  readonly weightBits: ReadonlyMap<string, WeightBitUse>;
  /** Sums beyond the accumulator, by layer name. */
  readonly overflows: ReadonlyMap<string, number>;
  /** Ranges that the user fixed. */
  readonly pins: ReadonlyMap<string, Range>;
}
