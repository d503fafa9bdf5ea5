import type { Grid } from '../numerics/grid.ts';
import type { RangeMethodName } from '../numerics/ranges/index.ts';
import type { Rounding } from '../numerics/rounding.ts';
import type { ParameterFormat } from './parameter-set.ts';

export type Granularity = 'per-tensor' | 'per-channel';

/**
 * Which activations the chip's toolchain puts on an integer grid:
 * - `operator-inputs`: what Conv, ConvTranspose, Gemm and MatMul read, and, with `residualAdd`, both inputs of an
 *   Add of two activations; everything else stays in floating point;
 * - `every-activation`: every floating-point tensor between operators, after a fused Relu or Clip.
 */
export type Placement =
  | { readonly kind: 'operator-inputs'; readonly residualAdd: boolean }
  | { readonly kind: 'every-activation'; readonly operators: ReadonlySet<string> | 'all' };

/** A chip with its toolchain: its scheme, where it quantizes and how it rounds. */
export interface Target {
  readonly chip: string;
  /** As people call it. */
  readonly title: string;
  readonly weights: {
    readonly granularity: Granularity;
    /** The integer grid of weights of `bits` bits. */
    grid(bits: number, granularity: Granularity): Grid;
  };
  readonly activations: { grid(bits: number): Grid };
  readonly placement: Placement;
  readonly rounding: Rounding;
  /** `int32` where the toolchain stores a bias in units of input scale × weight scale. */
  readonly bias: 'float' | 'int32';
  /**
   * How an accumulator becomes the next layer's integers, where that is known and emulated: `float32-multiplier` is
   * one float32 multiplication and one rounding. Undefined: the layer computes with the dequantized values.
   */
  readonly rescale: 'float32-multiplier' | undefined;
  /** How the toolchain chooses the range of an activation when nobody tells it. */
  readonly nativeRange: RangeMethodName;
  /** ONNX Runtime can execute this target's integers for real. */
  readonly integerKernels: boolean;
  /** The parameter files that its tools take, written for every run. */
  readonly formats: readonly ParameterFormat[];
  /** How the model with explicit Q/DQ is written for its tools; undefined where they take none. */
  readonly qdq: QdqRules | undefined;
  /** How to hand the files to the vendor's tools: Markdown with the exact commands, and the versions they are for. */
  readonly handOver: string;
}

/** What a toolchain's importer asks of a model with QuantizeLinear and DequantizeLinear. */
export interface QdqRules {
  /** Name of the file in the folder of its model and target. */
  readonly file: string;
  /** int32 codes behind DequantizeLinear, or float32 as it was. */
  readonly bias: 'float' | 'int32';
  /** The widest integers that it takes. */
  readonly maxBits: 8 | 16;
}
