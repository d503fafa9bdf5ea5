import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { intAttribute, isStandard } from '../onnx/graph.ts';
import { type LoadedModel, rankOfTensor } from '../runtime/load-model.ts';
import {
  type ChannelConstant,
  channelConstant,
  type LinearLayer,
  linearLayer,
  ownsWeight,
} from './linear-layer.ts';
import { readsValues, soleUse } from './rewritten.ts';
import { channelCount } from './weight-matrix.ts';

/** A tensor whose last axis is scaled by constants where it is made, and that only layers read. */
export interface Smoothable {
  readonly tensor: string;
  /** The factors and offsets of each channel that make it. */
  readonly constants: readonly ChannelConstant[];
  /** What these make, the tensor itself among it. */
  readonly tensors: readonly string[];
  readonly readers: readonly LinearLayer[];
}

/**
 * The places of a model that can be smoothed, in the order of the graph: behind a LayerNormalization over the last axis,
 * and behind the Mul and Add that one ends with where it is written out. Left out are tensors with any other reader than
 * a MatMul or Gemm with a constant weight of its own, outputs of the model, and what a body of If, Loop or Scan reads. A
 * file that is quantized already has none: its grids are fixed.
 *
 * @param pinned tensors and constants that must stay as they are
 */
export function smoothables(model: LoadedModel, pinned: ReadonlySet<string>): Smoothable[] {
  if (model.file !== undefined) return [];
  return model.view.graph.node.flatMap((node) => {
    const [tensor] = node.output;
    const readers = readersOf(tensor, model);
    if (readers === undefined) return [];
    const channels = channelCount(readers[0].matrix, 'inputs');
    const made = normalization(node, channels, model) ?? tail(node, channels, model);
    const place = made && { tensor, readers, ...made };
    return place === undefined || scaledBy(place).some((name) => pinned.has(name)) ? [] : [place];
  });
}

function scaledBy({ constants, tensors, readers }: Smoothable): string[] {
  const uses = [...constants.map(({ use }) => use), ...readers.map(({ weight }) => weight)];
  return [...tensors, ...uses.map(({ node, input }) => node.input[input])];
}

function readersOf(tensor: string, model: LoadedModel): LinearLayer[] | undefined {
  const { uses, outputs, captured } = model.view;
  const reads = (uses.get(tensor) ?? []).filter(readsValues);
  if (reads.length === 0 || outputs.has(tensor) || captured.has(tensor)) return undefined;
  const readers = reads.flatMap(({ node, input }) => {
    const layer = input === 0 && isProduct(node) ? linearLayer(node, model) : undefined;
    return layer !== undefined && ownsWeight(layer, model) ? [layer] : [];
  });
  return readers.length === reads.length ? readers : undefined;
}

/** Whether a node sums over the last axis of what it reads at input 0. */
function isProduct(node: NodeProto): boolean {
  return node.opType === 'MatMul' || (node.opType === 'Gemm' && intAttribute(node, 'transA', 0) === 0);
}

type Made = Pick<Smoothable, 'constants' | 'tensors'>;

function normalization(node: NodeProto, channels: number, model: LoadedModel): Made | undefined {
  if (node.opType !== 'LayerNormalization' || !isStandard(node)) return undefined;
  const [data, , bias = ''] = node.input;
  const axis = intAttribute(node, 'axis', -1);
  if (axis !== -1 && axis !== (rankOfTensor(model, data) ?? 0) - 1) return undefined;
  const constants = (bias === '' ? [1] : [1, 2]).map((input) =>
    channelConstant({ node, input }, channels, model),
  );
  return madeBy(constants, [node.output[0]]);
}

function tail(node: NodeProto, channels: number, model: LoadedModel): Made | undefined {
  if (node.opType !== 'Add' || !isStandard(node)) return undefined;
  for (const [input, name] of node.input.entries()) {
    const product = soleProduct(name, model);
    const made = product && factorIn(product, channels, model);
    if (made === undefined) continue;
    const offset = channelConstant({ node, input: 1 - input }, channels, model);
    return madeBy([...made.constants, offset], [...made.tensors, node.output[0]]);
  }
  return undefined;
}

/** The Mul that makes a tensor, where one node alone reads that. */
function soleProduct(tensor: string, { view }: LoadedModel): NodeProto | undefined {
  const node = view.producers.get(tensor);
  const isProduct = node?.opType === 'Mul' && isStandard(node);
  return isProduct && soleUse(view, tensor) !== undefined ? node : undefined;
}

/** The factors in a product, or in one that it multiplies: some exporters divide by the deviation last. */
function factorIn(product: NodeProto, channels: number, model: LoadedModel): Made | undefined {
  for (const input of [0, 1]) {
    const factor = channelConstant({ node: product, input }, channels, model);
    if (factor !== undefined) return { constants: [factor], tensors: [product.output[0]] };
  }
  for (const name of product.input) {
    const inner = soleProduct(name, model);
    const made = inner && factorIn(inner, channels, model);
    if (made !== undefined) return { ...made, tensors: [...made.tensors, product.output[0]] };
  }
  return undefined;
}

function madeBy(
  constants: readonly (ChannelConstant | undefined)[],
  tensors: readonly string[],
): Made | undefined {
  const found = constants.filter((each) => each !== undefined);
  return found.length === constants.length ? { constants: found, tensors } : undefined;
}
