import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, textAttribute } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { type EqualizablePair, equalizablePairs } from './equalizable.ts';
import { upperBound } from './homogeneous.ts';
import { constantBias, type LinearLayer } from './linear-layer.ts';
import {
  type ModelRewriting,
  type Rewritten,
  replaceConstant,
  rewrite,
  rewrittenModel,
} from './rewritten.ts';
import { channelCount, productWith } from './weight-matrix.ts';
import { addBias } from './zero-bias.ts';

/**
 * Bias absorption (Nagel et al., "Data-Free Quantization", arXiv 1906.04721, §4.1.3): where what a Relu between two layers
 * reads is c and more, all of it passes, and c may as well be added behind it, b1 −= c and b2 += W2·c. The range between
 * the layers begins at 0 then. It is exact only where every value is c or more, which nothing here checks; where one is
 * less, it counts as c.
 *
 * Left out are pairs whose second layer does not see c at each of its places: zeros around the border, or kernels of a
 * ConvTranspose that overlap there; and layers whose bias is no constant of each channel, or a MatMul's without an Add.
 *
 * @param floors c of each channel, by what the Relu makes; less than 0 counts as 0
 * @param pinned tensors and constants that must stay as they are
 * @returns undefined where there is nothing to absorb; so for a file that is quantized already, whose grids are fixed
 */
export function absorbed(
  model: LoadedModel,
  floors: ReadonlyMap<string, Float32Array>,
  pinned: ReadonlySet<string> = new Set(),
): Rewritten | undefined {
  if (model.file !== undefined) return undefined;
  const offsets = new Map<LinearLayer, Float64Array>();
  const changed = new Set<string>();
  for (const pair of equalizablePairs(model, pinned)) {
    const { first, second } = pair;
    const shifted = shiftedBy(pair);
    const given = floors.get(pair.tensors.at(-1)!);
    if (given === undefined || !canAbsorb(pair, model)) continue;
    if ([...shifted, ...addedTo(second, model)].some((name) => pinned.has(name))) continue;
    const floor = Float64Array.from(given, (c) => (c > 0 && c < Infinity ? c : 0));
    if (floor.every((c) => c === 0)) continue;
    const taken = floor.map((c) => -c);
    add(offsets, first, taken);
    add(offsets, second, productWith(second.matrix, floor));
    for (const name of shifted) changed.add(name);
  }
  if (offsets.size === 0) return undefined;
  const rewriting = rewrite(model);
  for (const [layer, offset] of offsets)
    for (const name of shiftBias(rewriting, layer.node, offset)) changed.add(name);
  return { model: rewrittenModel(rewriting), changed, tied: [] };
}

/** What a MatMul makes is not shifted where its own bias is, which comes behind it, but where that of the layer before is. */
function shiftedBy({ first, second, tensors }: EqualizablePair): string[] {
  const productOf = ({ node }: LinearLayer) => (node.opType === 'MatMul' ? [node.output[0]] : []);
  return [...tensors.filter((name) => !productOf(first).includes(name)), ...productOf(second)];
}

function addedTo({ node, matrix }: LinearLayer, model: LoadedModel): string[] {
  const bias = constantBias(node, channelCount(matrix, 'outputs'), model);
  return bias ? [bias.use.node.input[bias.use.input]] : [];
}

function add(offsets: Map<LinearLayer, Float64Array>, layer: LinearLayer, offset: Float64Array): void {
  const known = offsets.get(layer);
  offsets.set(layer, known?.map((o, i) => o + offset[i]) ?? offset);
}

function canAbsorb({ first, second, between }: EqualizablePair, model: LoadedModel): boolean {
  if (between.length !== 1) return false;
  const [{ node }] = between;
  const isRelu = node.opType === 'Relu' || (node.opType === 'Clip' && upperBound(node, model) === undefined);
  return isRelu && seesAll(second) && [first, second].every((layer) => takesOffset(layer, model));
}

/** Whether each place of a layer's output is made of the whole kernel. */
function seesAll({ node, matrix }: LinearLayer): boolean {
  if (node.opType === 'Gemm' || node.opType === 'MatMul') return true;
  const isPadded = (attributeOf(node, 'pads')?.ints ?? []).some((pad) => pad !== 0n);
  if (isPadded) return false;
  if (node.opType === 'Conv')
    return matrix.inner === 1 || ['NOTSET', 'VALID'].includes(textAttribute(node, 'auto_pad', 'NOTSET'));
  const strides = attributeOf(node, 'strides')?.ints ?? [];
  const grows = ['output_padding', 'output_shape'].some((name) => attributeOf(node, name) !== undefined);
  return matrix.inner === 1 && strides.every((stride) => stride === 1n) && !grows;
}

function takesOffset({ node, matrix }: LinearLayer, model: LoadedModel): boolean {
  if (['alpha', 'beta'].some((name) => (attributeOf(node, name)?.f ?? 1) !== 1)) return false;
  const bias = constantBias(node, channelCount(matrix, 'outputs'), model);
  return bias !== null && (bias !== undefined || node.opType !== 'MatMul');
}

/** Gives the name of a bias that an Add adds: a target may quantize what it reads. */
function shiftBias(rewriting: ModelRewriting, node: NodeProto, offset: Float64Array): string[] {
  const bias = constantBias(node, offset.length, rewriting.given);
  if (bias === undefined || bias === null) {
    addBias(rewriting, node, Float32Array.from(offset));
    return [];
  }
  const { use, dims } = bias;
  const data = bias.data.map((b, i) => b + offset[i % offset.length]);
  const name = replaceConstant(rewriting, use, { type: 'float32', dims, data });
  return use.node === node ? [] : [name];
}
