import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { intAttribute, isStandard, type Use } from '../onnx/graph.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import { isWeighted } from '../quantization/layer.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { soleUse } from './rewritten.ts';
import type { WeightMatrix } from './weight-matrix.ts';

/** A layer that multiplies what it reads at input 0 by a constant at input 1. */
export interface LinearLayer {
  readonly node: NodeProto;
  readonly weight: Use;
  readonly matrix: WeightMatrix;
  /** Dimensions behind the one that counts channels, of what it reads and of what it makes. */
  readonly behind: number;
}

/** A float32 constant whose last dimension counts channels. */
export interface ChannelConstant {
  /** Where it is read. */
  readonly use: Use;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** What names made for a layer begin with: its own, or that of its output. */
export function titleOf({ name, output }: NodeProto): string {
  return name || output[0];
}

/** The layer that a node is; undefined for any other node, and where its weight is no float32 constant. */
export function linearLayer(node: NodeProto, { view, where }: LoadedModel): LinearLayer | undefined {
  if (!isWeighted(node)) return undefined;
  const weight = { node, input: 1 };
  const tensor = view.initializers.get(node.input[1]);
  if (tensor?.dataType !== dataTypeOf('float32')) return undefined;
  const isConvolution = node.opType === 'Conv' || node.opType === 'ConvTranspose';
  const rank = tensor.dims.length;
  if (isConvolution ? rank < 3 : rank !== 2) return undefined;
  const hasOutputRows =
    node.opType === 'Conv' || (node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1);
  const [rows, columns, ...kernel] = tensor.dims.map(Number);
  const matrix: WeightMatrix = {
    rows,
    columns,
    inner: kernel.reduce((product, d) => product * d, 1),
    groups: isConvolution ? intAttribute(node, 'group', 1) : 1,
    rowsAre: hasOutputRows ? 'outputs' : 'inputs',
    dims: [rows, columns, ...kernel],
    read: () => readTensor(tensor, where).data as Float32Array,
  };
  return { node, weight, matrix, behind: isConvolution ? rank - 2 : 0 };
}

/** Whether nothing but the layer reads its weight. */
export function ownsWeight({ node, weight }: LinearLayer, { view }: LoadedModel): boolean {
  return soleUse(view, node.input[weight.input]) !== undefined;
}

/**
 * The bias of a layer, that of the Add behind it for a MatMul.
 *
 * @returns undefined for a layer without one, null for a bias that is no float32 constant with a value for each channel
 */
export function constantBias(
  node: NodeProto,
  channels: number,
  model: LoadedModel,
): ChannelConstant | undefined | null {
  if (node.opType === 'MatMul') return addedBehind(node, channels, model);
  return (node.input[2] ?? '') === ''
    ? undefined
    : (channelConstant({ node, input: 2 }, channels, model) ?? null);
}

/** An Add of anything else is no part of the layer. */
function addedBehind(node: NodeProto, channels: number, model: LoadedModel): ChannelConstant | undefined {
  const use = soleUse(model.view, node.output[0]);
  if (use === undefined || use.node.opType !== 'Add' || !isStandard(use.node)) return undefined;
  return channelConstant({ node: use.node, input: 1 - use.input }, channels, model);
}

/** What a node reads at an input; undefined where it is no float32 constant with `channels` in its last dimension. */
export function channelConstant(
  use: Use,
  channels: number,
  { view, where }: LoadedModel,
): ChannelConstant | undefined {
  const tensor = view.initializers.get(use.node.input[use.input]);
  if (tensor?.dataType !== dataTypeOf('float32') || Number(tensor.dims.at(-1)) !== channels) return undefined;
  const { dims, data } = readTensor(tensor, where);
  return { use, dims, data: data as Float32Array };
}
