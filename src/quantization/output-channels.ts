import { intAttribute } from '../onnx/graph.ts';
import type { Layer } from './layer.ts';

/** How the values of a weight belong to the output channels of its layer. */
export interface OutputChannels {
  readonly count: number;
  /** @param index of a value in the weight's own layout */
  channelOf(index: number): number;
}

/** The output channels of a layer's weight; undefined where it has none that are the last ones of the output. */
export function outputChannels(
  { op, node, weight }: Layer,
  dims: readonly number[],
): OutputChannels | undefined {
  if (weight === undefined || weight.axis === null) return undefined;
  const inner = dims.slice(weight.axis + 1).reduce((a, b) => a * b, 1);
  const size = dims[weight.axis];
  if (op !== 'ConvTranspose') {
    if (weight.input === 0) return undefined;
    return { count: size, channelOf: (index) => Math.floor(index / inner) % size };
  }
  const groups = intAttribute(node, 'group', 1);
  const perGroup = (dims[0] / groups) * size * inner;
  return {
    count: groups * size,
    channelOf: (index) => Math.floor(index / perGroup) * size + (Math.floor(index / inner) % size),
  };
}
