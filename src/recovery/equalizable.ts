import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { intAttribute } from '../onnx/graph.ts';
import { isWeighted } from '../quantization/layer.ts';
import { type LoadedModel, rankOfTensor } from '../runtime/load-model.ts';
import { type ChannelLayout, throughHomogeneous } from './homogeneous.ts';
import {
  type ChannelConstant,
  constantBias,
  type LinearLayer,
  linearLayer,
  ownsWeight,
} from './linear-layer.ts';
import { soleUse } from './rewritten.ts';
import { channelCount } from './weight-matrix.ts';

/** Two layers between which each channel can be scaled: the second one undoes what the first one does. */
export interface EqualizablePair {
  readonly first: LinearLayer;
  readonly second: LinearLayer;
  readonly channels: number;
  /** Input channels of the second layer that come of one channel of the first, in a row: more than 1 behind a Flatten. */
  readonly block: number;
  /** Of the first layer; undefined where it adds nothing. */
  readonly bias: ChannelConstant | undefined;
  /** The operators between the layers, without the Add of the first one's bias, in their order. */
  readonly between: readonly Passed[];
  /** From what the first layer makes to what the second one reads: all that is scaled. */
  readonly tensors: readonly string[];
}

/** An operator that channels pass. */
export interface Passed {
  readonly node: NodeProto;
  /** Of what it reads. */
  readonly layout: ChannelLayout;
}

/**
 * Every pair of a Conv, ConvTranspose, Gemm or MatMul and the one behind it, in the order of the first ones. Left out are
 * pairs whose weights others read as well, and those between which a tensor has another reader, is an output of the
 * model, or is read by a body of If, Loop or Scan.
 *
 * @param pinned tensors and constants that must stay as they are
 */
export function equalizablePairs(model: LoadedModel, pinned: ReadonlySet<string>): EqualizablePair[] {
  const layers = new Map<NodeProto, LinearLayer>();
  for (const node of model.view.graph.node) {
    const layer = linearLayer(node, model);
    if (layer !== undefined && ownsWeight(layer, model)) layers.set(node, layer);
  }
  return [...layers.values()].flatMap((first) => {
    const pair = pairFrom(first, layers, model);
    return pair === undefined || scaledBy(pair).some((name) => pinned.has(name)) ? [] : [pair];
  });
}

function scaledBy({ first, second, bias, tensors }: EqualizablePair): string[] {
  const constants = [first.weight, second.weight, ...(bias === undefined ? [] : [bias.use])];
  return [...tensors, ...constants.map(({ node, input }) => node.input[input])];
}

function pairFrom(
  first: LinearLayer,
  layers: ReadonlyMap<NodeProto, LinearLayer>,
  model: LoadedModel,
): EqualizablePair | undefined {
  const { node } = first;
  const channels = channelCount(first.matrix, 'outputs');
  const bias = constantBias(node, channels, model);
  if (bias === null) return undefined;
  const made = bias?.use.node ?? node;
  const tensors = [...new Set([node.output[0], made.output[0]])];
  const between: Passed[] = [];
  let layout: ChannelLayout = {
    channels,
    block: 1,
    behind: first.behind,
    rank: rankBehind(first, made, model),
  };
  for (;;) {
    const use = soleUse(model.view, tensors.at(-1)!);
    if (use === undefined || use.input !== 0) return undefined;
    if (isWeighted(use.node)) {
      const second = layers.get(use.node);
      if (second === undefined || !readsChannels(second, layout)) return undefined;
      return { first, second, channels, block: layout.block, bias, between, tensors };
    }
    const next = hasOneOutput(use.node, model) ? throughHomogeneous(use.node, layout, model) : undefined;
    if (next === undefined) return undefined;
    between.push({ node: use.node, layout });
    tensors.push(use.node.output[0]);
    layout = next;
  }
}

/** A MatMul makes a tensor of any rank, the others one of the rank that they multiply. */
function rankBehind({ node, behind }: LinearLayer, made: NodeProto, model: LoadedModel): number | undefined {
  return node.opType === 'MatMul' ? rankOfTensor(model, made.output[0]) : behind + 2;
}

function readsChannels({ node, matrix, behind }: LinearLayer, layout: ChannelLayout): boolean {
  if (behind !== layout.behind || channelCount(matrix, 'inputs') !== layout.channels * layout.block)
    return false;
  return node.opType !== 'Gemm' || intAttribute(node, 'transA', 0) === 0;
}

/** Whether nothing reads another output of a node than the first one. */
function hasOneOutput(node: NodeProto, { view }: LoadedModel): boolean {
  return node.output
    .slice(1)
    .every(
      (name) => name === '' || !(view.uses.has(name) || view.outputs.has(name) || view.captured.has(name)),
    );
}
