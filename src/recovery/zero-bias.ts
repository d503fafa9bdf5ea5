import { elementCount } from '../numerics/tensor.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, shallow } from '../onnx/graph.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { linearLayer, titleOf } from './linear-layer.ts';
import {
  currentNode,
  type ModelRewriting,
  newConstant,
  readInstead,
  replaceConstant,
  rewrite,
  rewrittenModel,
  soleUse,
} from './rewritten.ts';
import { channelCount } from './weight-matrix.ts';

const BIAS = 2;

/**
 * The model with a bias at every Conv, ConvTranspose and Gemm whose weight is a float32 constant, for one to be corrected
 * that is not there: [output channels], of zeros where there was none, a copy where several nodes read it, and the values
 * that a Gemm broadcasts, times its beta. A bias that is no constant, or another one for each row of a Gemm, stays.
 *
 * @returns the given model where every bias is there; so for a file that is quantized already, whose grids name its nodes
 */
export function withBiases(model: LoadedModel): LoadedModel {
  if (model.file !== undefined) return model;
  const rewriting = rewrite(model);
  for (const node of model.view.graph.node) {
    const layer = node.opType === 'MatMul' ? undefined : linearLayer(node, model);
    if (layer === undefined) continue;
    const channels = channelCount(layer.matrix, 'outputs');
    const name = node.input[BIAS] ?? '';
    if (name === '') addBias(rewriting, node, new Float32Array(channels));
    else ownBias(rewriting, node, channels);
  }
  return rewriting.nodes.size + rewriting.constants.size === 0 ? model : rewrittenModel(rewriting);
}

/** Gives a Conv, ConvTranspose or Gemm without a bias one. */
export function addBias(rewriting: ModelRewriting, node: NodeProto, data: Float32Array): void {
  const name = newConstant(rewriting, `${titleOf(node)}/bias`, {
    type: 'float32',
    dims: [data.length],
    data,
  });
  readInstead(rewriting, { node, input: BIAS }, name);
  dropBeta(rewriting, node);
}

function ownBias(rewriting: ModelRewriting, node: NodeProto, channels: number): void {
  const { view, where } = rewriting.given;
  const tensor = view.initializers.get(node.input[BIAS]);
  if (tensor?.dataType !== dataTypeOf('float32')) return;
  const { dims, data } = readTensor(tensor, where);
  const beta = betaOf(node);
  const isPlain = dims.length === 1 && dims[0] === channels && beta === 1;
  if (isPlain && soleUse(view, tensor.name) !== undefined) return;
  const isOfChannels = elementCount(dims) === 1 || (data.length === channels && dims.at(-1) === channels);
  if (!isOfChannels) return;
  const values = data as Float32Array;
  const own = Float32Array.from({ length: channels }, (_, i) => beta * values[i % values.length]);
  replaceConstant(rewriting, { node, input: BIAS }, { type: 'float32', dims: [channels], data: own });
  dropBeta(rewriting, node);
}

function betaOf(node: NodeProto): number {
  return node.opType === 'Gemm' ? (attributeOf(node, 'beta')?.f ?? 1) : 1;
}

function dropBeta(rewriting: ModelRewriting, node: NodeProto): void {
  if (betaOf(node) === 1) return;
  const current = currentNode(rewriting, node);
  const attribute = current.attribute.filter(({ name }) => name !== 'beta');
  rewriting.nodes.set(node, [shallow(current, { attribute })]);
}
