/**
 * A weight as a matrix of kernels, from input to output channels. Its first dimension, the rows, counts the channels of
 * one side; its second one, the columns, counts those of the other side that are in the same group.
 */
export interface WeightMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Values of one kernel; 1 for a product of matrices. */
  readonly inner: number;
  /** Rows and channels of the other side are cut into as many parts; each row reads or makes its own part only. */
  readonly groups: number;
  readonly rowsAre: Side;
  readonly dims: readonly number[];
  /** The values, [rows, columns, inner]. */
  read(): Float32Array;
}

export type Side = 'inputs' | 'outputs';

/** What the channels of a weight are multiplied by. */
export type ChannelFactors = Readonly<Record<Side, Float64Array>>;

/** Number of channels of a side of a layer. */
export function channelCount({ rows, columns, groups, rowsAre }: WeightMatrix, side: Side): number {
  return side === rowsAre ? rows : columns * groups;
}

/** Factors of 1. */
export function unitFactors(matrix: WeightMatrix): ChannelFactors {
  return {
    inputs: new Float64Array(channelCount(matrix, 'inputs')).fill(1),
    outputs: new Float64Array(channelCount(matrix, 'outputs')).fill(1),
  };
}

/** The largest |w| of each kernel, [rows, columns]. */
export function kernelMagnitudes({ rows, columns, inner, read }: WeightMatrix): Float32Array {
  const data = read();
  const largest = new Float32Array(rows * columns);
  for (let kernel = 0, i = 0; kernel < largest.length; kernel++) {
    for (const end = i + inner; i < end; i++) largest[kernel] = Math.max(largest[kernel], Math.abs(data[i]));
  }
  return largest;
}

/**
 * The largest |w| of each channel of one side, with the factors in it.
 *
 * @param kernels as `kernelMagnitudes` gives them
 */
export function channelMagnitudes(
  matrix: WeightMatrix,
  kernels: Float32Array,
  factors: ChannelFactors,
  side: Side,
): Float64Array {
  const largest = new Float64Array(channelCount(matrix, side));
  const byRow = side === matrix.rowsAre;
  forEachKernel(matrix, factors, (kernel, row, column, factor) => {
    const channel = byRow ? row : column;
    largest[channel] = Math.max(largest[channel], kernels[kernel] * factor);
  });
  return largest;
}

/** The values with the factors in them, each rounded once. */
export function scaledWeight(matrix: WeightMatrix, factors: ChannelFactors): Float32Array {
  const data = matrix.read().slice();
  const { inner } = matrix;
  forEachKernel(matrix, factors, (kernel, _row, _column, factor) => {
    for (let i = kernel * inner; i < (kernel + 1) * inner; i++) data[i] *= factor;
  });
  return data;
}

/** What each output channel gets where every value of input channel i is `values[i]`, and no kernel is cut: W·values. */
export function productWith(matrix: WeightMatrix, values: ArrayLike<number>): Float64Array {
  const data = matrix.read();
  const { inner, rowsAre } = matrix;
  const sums = new Float64Array(channelCount(matrix, 'outputs'));
  forEachKernel(matrix, unitFactors(matrix), (kernel, row, column) => {
    const [input, output] = rowsAre === 'inputs' ? [row, column] : [column, row];
    for (let i = kernel * inner; i < (kernel + 1) * inner; i++) sums[output] += data[i] * values[input];
  });
  return sums;
}

/** Visits [row, column] in the order of the values, with the channels that they are and the product of their factors. */
function forEachKernel(
  { rows, columns, groups, rowsAre }: WeightMatrix,
  { inputs, outputs }: ChannelFactors,
  visit: (kernel: number, row: number, column: number, factor: number) => void,
): void {
  const [ofRows, ofColumns] = rowsAre === 'inputs' ? [inputs, outputs] : [outputs, inputs];
  for (let row = 0, kernel = 0; row < rows; row++) {
    const first = Math.floor((row * groups) / rows) * columns;
    for (let column = first; column < first + columns; column++, kernel++)
      visit(kernel, row, column, ofRows[row] * ofColumns[column]);
  }
}
