import type { RangeMethodName } from '../numerics/ranges/index.ts';
import type { FloatType, Granularity, RangeChoice, Target } from '../targets/target.ts';

/** A target with the choices that its toolchain leaves open. */
export interface Scheme {
  readonly target: Target;
  readonly granularity: Granularity;
  readonly weightBits: number;
  /** Weights in a block of an output channel that have a scale together, where the target takes blocks. */
  readonly blockSize?: number;
  readonly activationBits: number;
  /**
   * How ranges of activations are chosen; `native` is what the chip's own toolchain would do, `file` what a model that is
   * quantized already has.
   */
  readonly range: RangeChoice | 'file';
  /** The type in which its engine computes what is not integer; float32 where it is left out. */
  readonly float?: FloatType;
}

/** The method that `native` stands for, or the one that is named. */
export function rangeMethodOf({ target, range }: Scheme): RangeMethodName | 'file' {
  return range === 'native' ? target.nativeRange : range;
}

/** From this width on the whole range of a weight is worth keeping; below it clipping pays (MQBench's W4A8 tables). */
export const FULL_RANGE_WEIGHT_BITS = 8;
