import type { ParameterFormat } from '../formats/parameter-set.ts';
import type { Grid, Range } from '../numerics/grid.ts';
import type { RangeMethodName } from '../numerics/ranges/index.ts';
import type { Rounding } from '../numerics/rounding.ts';

export type Granularity = 'per-tensor' | 'per-channel';

/** What a target can compute with in place of integers: `fp8` is E4M3. */
export const precisions = ['fp8'] as const;
export type FloatPrecision = (typeof precisions)[number];

/**
 * Which activations the chip's toolchain puts on an integer grid:
 * - `operator-inputs`: what Conv, ConvTranspose, Gemm and MatMul read, and of an Add of two activations what
 *   `residualAdd` says: both inputs, none, or the `shortcut`, which is all but what a layer adds to as it leaves its
 *   accumulator; everything else stays in floating point;
 * - `every-activation`: every floating-point tensor between operators, after a fused Relu or Clip;
 * - `none`: weights alone are quantized.
 */
export type Placement =
  | { readonly kind: 'operator-inputs'; readonly residualAdd: ResidualAdd }
  | {
      readonly kind: 'every-activation';
      readonly operators: ReadonlySet<string> | 'all';
      /** What the chip asks beyond a grid for each; undefined where it asks nothing. */
      readonly rules?: GridRules;
    }
  | { readonly kind: 'none' };

/** Which inputs of an Add of two activations. */
export type ResidualAdd = 'none' | 'both' | 'shortcut';

/**
 * Which activations have no range of their own, or not the one that calibration would give them; by ONNX operator. A range
 * that the user pins counts in any case.
 */
export interface GridRules {
  /** Bounds of what an operator makes, ±∞ where it has none; finite ones are the range. ±1 and the like are symmetric. */
  readonly fixedRanges: ReadonlyMap<string, Range>;
  /** Operators whose outputs are not quantized, beside those that only move values. */
  readonly passing: ReadonlySet<string>;
  /** Those of them whose outputs are codes of their first input's grid. */
  readonly handsOn: ReadonlySet<string>;
  /** Chains of operators that are one on the chip: nothing between them is quantized. */
  readonly fusions: readonly (readonly string[])[];
  /** Whether depthwise convolutions, and those over three dimensions, are fused as others are. */
  readonly fusesDepthwise: boolean;
  /** Operators whose output is on the grid of their input. */
  readonly onInputGrid: ReadonlySet<string>;
  /** Operators whose inputs are on the grid of their output. */
  readonly onOutputGrid: ReadonlySet<string>;
  /** Operators that are on such a grid whatever bounds they have, a Relu behind them or not. */
  readonly straightOnto: ReadonlySet<string>;
  /** The grid of symmetric activations: what layers read in place of a constant weight. */
  symmetric(bits: number): Grid;
}

/**
 * How a sum leaves the accumulator:
 * - `float`: times one float32 factor, plus the bias in float, and stays floating point;
 * - `float-multiplier`: times one float32 factor and rounded once: the next layer's integers;
 * - `fixed-point`: times an integer and shifted, ties up: the next layer's integers;
 * - `htp-v68`, `htp-v73`: as a generation of Qualcomm's HTP does it (`numerics/htp.ts`), whose other operators round
 *   ties up.
 */
export const rescales = ['float', 'float-multiplier', 'fixed-point', 'htp-v68', 'htp-v73'] as const;

/** What happens to the sums of products of integers. */
export interface Arithmetic {
  /** Bits of the signed accumulator for products of `productBits` bits; sums beyond it wrap around. */
  accumulatorBits(productBits: number): number;
  readonly rescale: (typeof rescales)[number];
  /**
   * Whether it keeps inverse steps in float32 and multiplies by them, in place of steps that it divides by. They round to
   * other values: x · (1/s) beside x / s, and 1 / ((1/s_x) · (1/s_w)) beside s_x · s_w.
   */
  readonly inverseSteps?: boolean;
  /** What of this the vendor does not publish and is assumed, in words for the report; empty where all is known. */
  readonly assumed: string;
}

/** int32 for 8-bit products, as everywhere; int64 for 16-bit activations, as TFLite's 16x8 kernels have it. */
export const wideEnough = (productBits: number) => (productBits <= 16 ? 32 : 64);

/** Types in which what is not integer is computed. */
export const floatTypes = ['fp16', 'fp32'] as const;
export type FloatType = (typeof floatTypes)[number];

/** How an engine computes what is not integer in FP16. */
export interface Fp16Rules {
  /**
   * What a layer of integers makes reaches the quantizer behind it in float32, as both are one kernel; it is a binary16
   * tensor between them otherwise.
   */
  readonly fusesQuantizers: boolean;
}

/** A chip with its toolchain: its scheme, where it quantizes and how it rounds. */
export interface Target {
  readonly chip: string;
  /** As people call it. */
  readonly title: string;
  /** Where it computes with floating-point codes in place of integers. */
  readonly precision?: FloatPrecision;
  readonly weights: {
    readonly granularity: Granularity;
    /** The integer grid of weights of `bits` bits. */
    grid(bits: number, granularity: Granularity): Grid;
    /** Operators whose weights may have a scale per channel; all of them where it is absent. */
    readonly perChannelOperators?: ReadonlySet<string>;
    /** A ConvTranspose with groups has one scale for all of its weight. */
    readonly groupedDeconvolutionPerTensor?: boolean;
  };
  readonly activations: { grid(bits: number): Grid };
  readonly placement: Placement;
  /** Why it has no kernel for a layer, which then stays in floating point; undefined where it has. */
  noKernel?(layer: LayerShape): string | undefined;
  /** Weights that have a scale for each block of a channel; absent where the target takes none. */
  readonly blocks?: BlockRules;
  readonly rounding: Rounding;
  /** `int32` where the toolchain stores a bias in units of input scale × weight scale. */
  readonly bias: 'float' | 'int32';
  readonly arithmetic: Arithmetic;
  /** Bits of the widest integers that the chip computes with. */
  readonly widest: { readonly weights: 8 | 16; readonly activations: 8 | 16 };
  /**
   * A layer can stay in floating point between layers of integers: by the chip's architecture, and by what its files say.
   */
  readonly floats: boolean;
  /**
   * The engine that its commands build computes in FP16 what is not integer, unless it is told to do it in float32;
   * undefined where that is always float32.
   */
  readonly fp16?: Fp16Rules;
  /** How the toolchain chooses the range of an activation when nobody tells it. */
  readonly nativeRange: RangeMethodName;
  /** ONNX Runtime can execute this target's integers for real. */
  readonly integerKernels: boolean;
  /** The parameter files that its tools take, written for every run. */
  readonly formats: readonly ParameterFormat[];
  /** How the model with explicit Q/DQ is written for its tools; undefined where they take none. */
  readonly qdq: QdqRules | undefined;
  /** The script of `consumers/` that runs the files in the vendor's library, without `.py`; left out where there is none. */
  readonly consumer?: string;
  /**
   * How to hand the files to the vendor's tools, so that they compute what is not integer in this type: Markdown with the
   * exact commands, and the versions they are for.
   *
   * @param formats that are written, which are those of the target unless its config says another version
   */
  handOver(float: FloatType, formats: readonly ParameterFormat[]): string;
}

/** What a target's kernels depend on. */
export interface LayerShape {
  readonly op: string;
  /** Of its weight; empty for a product of two activations. */
  readonly weight: readonly number[];
  /** Input of the weight. */
  readonly input: number | undefined;
  /** It is no Gemm with factors or with its first operand transposed. */
  readonly isPlain: boolean;
}

/** What weights can be in blocks, and on which grid. */
export interface BlockRules {
  readonly weightBits: readonly number[];
  /** Whether the weight of a layer is; others have a scale a channel or a tensor. */
  takes(layer: LayerShape): boolean;
  grid(bits: number): Grid;
  /** The most that the integer is by which each block's scale is a multiple of its channel's; absent for scales of their own. */
  readonly greatestMultiple?: number;
}

/** How ranges of activations are chosen; `native` is what the chip's own toolchain would do. */
export type RangeChoice = RangeMethodName | 'native';

/** What a toolchain's importer asks of a model with QuantizeLinear and DequantizeLinear. */
export interface QdqRules {
  /** ONNX Runtime's MatMulNBits in place of Q/DQ. */
  readonly operator?: 'MatMulNBits';
  /** Name of the file in the folder of its model and target. */
  readonly file: string;
  /** int32 codes behind DequantizeLinear, or float32 as it was. */
  readonly bias: 'float' | 'int32';
  /** The widest integers that it takes. */
  readonly maxBits: 8 | 16;
  /**
   * Whether it takes of an int8 weight the values alone, and rounds them once more: onto the symmetric grid of 127 steps
   * over what all of int8 reaches, the step 128·s / 127.
   */
  readonly roundsWeightsAgain?: boolean;
}

/** The type in which a target's engine computes what is not integer, unless it is told another. */
export function defaultFloat({ fp16 }: Pick<Target, 'fp16'>): FloatType {
  return fp16 === undefined ? 'fp32' : 'fp16';
}
