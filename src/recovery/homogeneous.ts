import { elementCount } from '../numerics/tensor.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard } from '../onnx/graph.ts';
import { trains } from '../onnx/random-operators.ts';
import { boundsOf } from '../quantization/bounds.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** Where the channels of a tensor are. */
export interface ChannelLayout {
  readonly channels: number;
  /** Entries of the channel dimension that belong to one channel, one behind the other: more than 1 behind a Flatten. */
  readonly block: number;
  /** Dimensions behind the channel dimension. */
  readonly behind: number;
  /** Undefined where it is not known. */
  readonly rank: number | undefined;
}

/** From this bound on nothing is bounded: exporters write the greatest float32 for none. */
const NO_BOUND = 3e38;

/** The first opset in which Min broadcasts what it compares. */
export const MIN_BROADCAST_OPSET = 8;

/**
 * Follows channels through an operator that is positively homogeneous in each of them, f(s·x) = s·f(x) for s > 0, or is
 * once its bound is divided per channel.
 *
 * @param layout of what the node reads at input 0
 * @returns that of its first output; undefined where the operator is another one, or mixes channels or may
 */
export function throughHomogeneous(
  node: NodeProto,
  layout: ChannelLayout,
  model: LoadedModel,
): ChannelLayout | undefined {
  const { view, tensors, opset } = model;
  if (!isStandard(node)) return undefined;
  switch (node.opType) {
    case 'Relu':
    case 'LeakyRelu':
    case 'Identity':
      return layout;
    case 'Dropout':
      return trains(node, (name) => view.initializers.get(name)) === false ? layout : undefined;
    case 'Clip': {
      if (!isFromZero(node, model)) return undefined;
      const canBound = opset >= MIN_BROADCAST_OPSET && layout.block === 1;
      return canBound || upperBound(node, model) === undefined ? layout : undefined;
    }
    case 'PRelu':
      return hasSlopeOf(layout, node, model) ? layout : undefined;
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalMaxPool':
    case 'GlobalAveragePool': {
      const isOfChannels = layout.behind > 0 && layout.rank === layout.behind + 2;
      return isOfChannels && layout.block === 1 ? layout : undefined;
    }
    case 'Flatten':
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze':
      return reshaped(layout, tensors.get(node.input[0])?.dims, tensors.get(node.output[0])?.dims);
    default:
      return undefined;
  }
}

/** The upper bound of a Clip that has one, such as the 6 of a ReLU6. */
export function upperBound(node: NodeProto, { view }: LoadedModel): number | undefined {
  const bounds = node.opType === 'Clip' ? boundsOf(node, view) : undefined;
  return bounds === undefined || bounds.beta >= NO_BOUND ? undefined : bounds.beta;
}

function isFromZero(node: NodeProto, { view }: LoadedModel): boolean {
  const { alpha, beta } = boundsOf(node, view)!;
  return alpha === 0 && beta > 0;
}

/** Slopes of each channel or one for all. What they multiply must not grow by it. */
function hasSlopeOf(
  { channels, block, behind, rank }: ChannelLayout,
  node: NodeProto,
  { view }: LoadedModel,
) {
  const dims = view.initializers.get(node.input[1])?.dims.map(Number).toReversed();
  return (
    dims !== undefined &&
    dims.length <= (rank ?? behind + 1) &&
    dims.every((d, i) => d === 1 || (i === behind && d === channels * block))
  );
}

/**
 * Values keep their order. Those of a channel are `run` in a row, then come those of the next one, and after the last one
 * those of the first again: a dimension of the result counts channels, or parts of them, where it and those behind it
 * hold one such turn.
 */
function reshaped(
  { channels, block, behind }: ChannelLayout,
  from: readonly (number | null)[] | undefined,
  to: readonly (number | null)[] | undefined,
): ChannelLayout | undefined {
  if (from === undefined || to === undefined) return undefined;
  const inner = from.slice(from.length - behind);
  if (inner.includes(null)) return undefined;
  const run = block * elementCount(inner as number[]);
  for (let axis = to.length - 1, after = 1; axis >= 0; axis--) {
    const size = to[axis];
    if (size === null) return undefined;
    if (size * after === channels * run) {
      if (run % after !== 0) return undefined;
      return { channels, block: run / after, behind: to.length - 1 - axis, rank: to.length };
    }
    after *= size;
  }
  return undefined;
}
