import { exponentOf } from './fixed-point.ts';
import type { QuantParams } from './grid.ts';

/** What a generation of Qualcomm's HTP does between the sum of products and the output's codes. */
export interface HtpGeneration {
  /** Significant bits of the factor for 8-bit activations. */
  readonly factorBits: number;
  /** The same for 16-bit activations. */
  readonly wideFactorBits: number;
  /** A depthwise convolution of 2×2 with strides of two is one of matrices, as others are. */
  readonly smallestAsMatrix: boolean;
  /** The zero point of the output is added to the sum, before it is cut and multiplied; behind both otherwise. */
  readonly zeroPointFirst: boolean;
}

/**
 * Found by layers of one operator in Qualcomm's own library for x86 (QNN 2.7 of `onnxruntime-qnn`); docs/verification.md
 * has the experiments. V68 stands for V68 and V69, V73 for everything since.
 */
export const htpGenerations = {
  'htp-v68': { factorBits: 11, wideFactorBits: 11, smallestAsMatrix: false, zeroPointFirst: true },
  'htp-v73': { factorBits: 12, wideFactorBits: 24, smallestAsMatrix: true, zeroPointFirst: false },
} as const satisfies Record<string, HtpGeneration>;

/** Significant bits of the vector unit's factors: of a depthwise convolution with strides of two, of a Concat's inputs. */
export const VECTOR_FACTOR_BITS = 15;

/** A positive number with `bits` significant bits, halves up. */
export function withSignificantBits(x: number, bits: number): number {
  const unit = 2 ** (exponentOf(x) - bits);
  return Math.floor(x / unit + 0.5) * unit;
}

/**
 * What sums are cut to before they are multiplied: sixteenths to eighths of an output step, a power of two.
 *
 * @param perStep how many units of the sum one step of the output has
 */
export function cutOf(perStep: number): number {
  return 2 ** (exponentOf(perStep) - 4);
}

/** How the weights of one output channel come into the 8 signed bits that HTP multiplies with. */
export interface Narrowed {
  /** Real units per unit that they had before; 1 where they fit as they are. */
  readonly ratio: number;
  /** The integer for a weight less its zero point. */
  narrow(weight: number): number;
}

const FITS: Narrowed = { ratio: 1, narrow: (weight) => weight };

/**
 * A weight less its zero point has nine bits where weights are asymmetric. Channels that leave [−128, 127] get a step
 * of their own: a ratio of 12 significant bits, whose inverse has 16 fraction bits.
 *
 * @param least of the channel's weights less their zero point, −255 to 255
 * @param most of them
 */
export function narrowed(least: number, most: number): Narrowed {
  if (least >= -128 && most <= 127) return FITS;
  const ratio = withSignificantBits(Math.max(most / 127, -least / 128), 12);
  const inverse = Math.floor(2 ** 16 / ratio + 0.5) / 2 ** 16;
  return { ratio, narrow: (weight) => Math.sign(weight) * Math.floor(Math.abs(weight * inverse) + 0.5) };
}

/** Codes of another grid: less their zero points they are floor(x · factor + 0.5). */
export interface HtpRegrid {
  /** Of 15 significant bits. */
  readonly factor: number;
  /** Products are rounded to that many steps in one before, halves up; undefined where they are not. */
  readonly steps: number | undefined;
}

/**
 * What a Concat does with an input that is on another grid than it is.
 *
 * @param isFirst whether the codes go on to another Concat that puts them onto its own grid
 */
export function htpRegrid(from: QuantParams, to: QuantParams, isFirst = false): HtpRegrid {
  const ratio = from.scale / to.scale;
  const steps = ratio < 0.5 ? 128 : isFirst ? 64 : undefined;
  return { factor: withSignificantBits(ratio, VECTOR_FACTOR_BITS), steps };
}

/** A Reciprocal takes no step for less than this, and no number either. */
export const LEAST_DIVISOR = 1 / 255;

/** A sum of two activations: codes less their zero point are floor(first · x + second · y + raised). */
export interface HtpSum {
  readonly first: number;
  readonly second: number;
  readonly raised: number;
}

/**
 * HTP's vector unit has 14 bits for the two factors together, and for what is added all but the last 8 of them, whose halves
 * go down.
 *
 * @param sign of the second one: −1 for a difference
 */
export function htpSum(a: QuantParams, b: QuantParams, output: QuantParams, sign: 1 | -1 = 1): HtpSum {
  const ratios = [a.scale / output.scale, b.scale / output.scale] as const;
  const unit = 2 ** (exponentOf(ratios[0] + ratios[1]) - 14);
  const [first, magnitude] = ratios.map((ratio) => Math.floor(ratio / unit + 0.5) * unit);
  const second = sign * magnitude;
  const zeros = a.zeroPoint * first + b.zeroPoint * second;
  const added = Math.ceil((output.zeroPoint - zeros) / (256 * unit) - 0.5) * 256 * unit;
  return { first, second, raised: zeros + added - output.zeroPoint + 0.5 };
}
