import { intAttribute } from '../onnx/graph.ts';
import type { Layer } from '../quantization/layer.ts';

/**
 * The weight of a layer as what it computes: each output channel is a row of weights times a column of what it reads. A
 * grouped layer is several such products beside each other.
 */
export interface LinearForm {
  readonly groups: number;
  /** Output channels of a group. */
  readonly rows: number;
  /** Values that each of them multiplies. */
  readonly depth: number;
  /** Where each weight lies in its tensor, in the order [groups, rows, depth]. */
  readonly places: Int32Array;
  /** The channel of the weight tensor that each row is, in the order [groups, rows]. */
  readonly channels: Int32Array;
}

/** The linear form of a layer with a weight of these dimensions; undefined for a stack of matrices, which is several layers. */
export function linearFormOf(layer: Layer, dims: readonly number[]): LinearForm | undefined {
  const { op, node, weight } = layer;
  if (weight === undefined) return undefined;
  const groups = intAttribute(node, 'group', 1);
  if (op === 'Conv') {
    const [channels, inputs, ...kernel] = dims;
    return formOf(groups, channels / groups, inputs * product(kernel), {
      place: (group, row, d, rows, depth) => (group * rows + row) * depth + d,
      channel: (group, row, rows) => group * rows + row,
    });
  }
  if (op === 'ConvTranspose') {
    const [inputs, rows, ...kernel] = dims;
    const inner = product(kernel);
    return formOf(groups, rows, (inputs / groups) * inner, {
      place: (group, row, d) =>
        ((group * (inputs / groups) + Math.floor(d / inner)) * rows + row) * inner + (d % inner),
      channel: (_, row) => row,
    });
  }
  if (dims.length > 2) return undefined;
  const [first, second] = dims.length === 2 ? dims : [dims[0], 1];
  // Of a vector, which has no axis of channels, the only row is the vector.
  const isRows = dims.length === 2 && weight.axis === 0;
  const [rows, depth] = isRows ? [first, second] : [second, first];
  return formOf(1, rows, depth, {
    place: (_, row, d) => (isRows ? row * depth + d : d * rows + row),
    channel: (_, row) => row,
  });
}

interface Places {
  place(group: number, row: number, d: number, rows: number, depth: number): number;
  channel(group: number, row: number, rows: number): number;
}

function formOf(groups: number, rows: number, depth: number, { place, channel }: Places): LinearForm {
  const places = new Int32Array(groups * rows * depth);
  const channels = new Int32Array(groups * rows);
  for (let group = 0, i = 0; group < groups; group++) {
    for (let row = 0; row < rows; row++) {
      channels[group * rows + row] = channel(group, row, rows);
      for (let d = 0; d < depth; d++) places[i++] = place(group, row, d, rows, depth);
    }
  }
  return { groups, rows, depth, places, channels };
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, d) => all * d, 1);
}
