/** The parameters of one tensor, as every chip's file can be derived from them. */
export interface TensorParameters {
  /** The tensor's name in the user's model file; in formats that know layers alone, the layer's. */
  readonly name: string;
  readonly kind: 'activation' | 'weight';
  readonly bits: number;
  readonly symmetric: boolean;
  /** The floating-point type of the codes, which then lie between `qmin` and `qmax`; absent for integers. */
  readonly float?: 'e4m3';
  /** The integers of the grid: unsigned from 0, or signed. */
  readonly qmin: number;
  readonly qmax: number;
  /** The dimension that counts channels; null for one scale over the tensor. */
  readonly axis: number | null;
  /** Real units per integer, positive float32 values: one, or one per channel. */
  readonly scales: readonly number[];
  /** real = (q − zero point) · scale, with q on [qmin, qmax]: as many as scales, all 0 where symmetric. */
  readonly zeroPoints: readonly number[];
  /** Absent where a channel has one scale. */
  readonly blocks?: BlockScales;
}

/**
 * Scales of the blocks of a symmetric weight: the scale of a block is its channel's times an integer ("low power blockwise
 * quantization", LPBQ). `scales` has one for each block, channel after channel.
 */
export interface BlockScales {
  /** The dimension that is cut into blocks of `size`, and the shape of the tensor with blocks counted along it. */
  readonly axis: number;
  readonly size: number;
  readonly shape: readonly number[];
  /** Positive float32 values, one a channel. */
  readonly channelScales: readonly number[];
  /** 1 to 2^(bits of a channel's integers − bits), as many as scales. */
  readonly multiples: readonly number[];
  /** Bits of the integers in units of the channel's scale: those of the codes and of the multiples together. */
  readonly channelBits: number;
}

/** A layer whose multiplications the chip does with integers, and the tensors it reads. */
export interface LayerParameters {
  /** The node's name in the user's model file, or its operator and output where the exporter gave none. */
  readonly name: string;
  /** The node has no name: tools that need one take its output's. */
  readonly isUnnamed?: boolean;
  /** Conv, ConvTranspose, Gemm or MatMul. */
  readonly op: string;
  /** Groups of a convolution; 1 for other operators. */
  readonly groups: number;
  /** There are groups, and each has one input channel. */
  readonly depthwise: boolean;
  /** The activations it reads, in the order of its inputs. */
  readonly inputs: readonly TensorParameters[];
  /** Undefined for products of two activations. */
  readonly weight: TensorParameters | undefined;
  /** Name of the bias, if it has one. */
  readonly bias: string | undefined;
  readonly output: string;
}

/** Everything that one target's files say about one model. */
export interface ParameterSet {
  /** Every activation on a grid, in the order of the graph; tensors that a Reshape and the like pass on included. */
  readonly activations: readonly TensorParameters[];
  /** Names of those that are not quantized themselves, but lie on the grid of a neighbour that is. */
  readonly passedOn: ReadonlySet<string>;
  /** In the order of the graph. */
  readonly layers: readonly LayerParameters[];
  /** Constants that operators take like activations, such as the factor of a Mul. */
  readonly constants: readonly TensorParameters[];
}

/** A tensor or layer that a format, or this record of it, cannot express: listed for the user, never dropped in silence. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** The parameters of one tensor as a file gives them, whoever wrote it. */
export interface ReadParameters extends Omit<TensorParameters, 'kind' | 'axis'> {
  /** Null where the format does not tell weights from activations. */
  readonly kind: TensorParameters['kind'] | null;
  /** Undefined where there is a scale per channel and the format does not say which dimension counts them. */
  readonly axis: number | null | undefined;
}

/** What a file says: every tensor of it is in one of the two lists. */
export interface FileContents {
  readonly tensors: readonly ReadParameters[];
  readonly left: readonly LeftOut[];
}

/** A file that a vendor's tool takes. Tensors and layers that `write` cannot express are returned in `left`. */
export interface ParameterFormat {
  /** Name of the file in the folder of its model and target. */
  readonly file: string;
  /** As people call it: "TensorRT calibration cache". */
  readonly title: string;
  /**
   * @throws UserError when the format cannot hold what it must, naming the tensor
   */
  write(set: ParameterSet): { readonly text: string; readonly left: readonly LeftOut[] };
  /** Whether a text claims to be of this format: no two formats claim the same text. */
  recognizes(text: string): boolean;
  /**
   * Every parameter in a text of this format, whoever wrote it. What the format can say and `TensorParameters` cannot
   * is returned in `left`.
   *
   * @throws UserError naming `where` and the line or key that is not as the format says
   */
  read(text: string, where: string): FileContents;
  /** Files that are the same for every model and lie beside this one, such as the script that applies it. */
  readonly companions?: readonly { readonly file: string; readonly text: string }[];
}

/** Least and greatest real value of each channel's grid: (qmin − z)·s and (qmax − z)·s. */
export function rangesOf(t: ReadParameters): { readonly alpha: number; readonly beta: number }[] {
  return t.scales.map((scale, i) => ({
    alpha: (t.qmin - t.zeroPoints[i]) * scale + 0,
    beta: (t.qmax - t.zeroPoints[i]) * scale + 0,
  }));
}

/** Largest magnitude that a symmetric grid represents on both sides: qmax · scale, of each channel. */
export function absMaxOf(t: TensorParameters): number[] {
  return t.scales.map((scale) => t.qmax * scale);
}
