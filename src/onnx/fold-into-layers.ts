import { elementCount } from '../numerics/tensor.ts';
import type { GraphProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import {
  attributeOf,
  type GraphView,
  intAttribute,
  isStandard,
  makeNode,
  shallow,
  viewGraph,
} from './graph.ts';
import { keptLike } from './kept-weights.ts';
import { freshName, type Names } from './names.ts';
import { makeTensor, readTensor } from './tensors.ts';

/** A graph whose layers hold what chips' tools fold into them. */
export interface FoldedLayers {
  readonly graph: GraphProto;
  /** New name of a weight → the user's, where the user's could not be kept. */
  readonly weightNames: ReadonlyMap<string, string>;
}

const CONVOLUTIONS = new Set(['Conv', 'ConvTranspose']);

/** A graph while constants are folded into its layers, one after the other. */
interface Folding {
  readonly view: GraphView;
  readonly names: Names;
  readonly rankOf: (tensor: string) => number | undefined;
  readonly weightNames: Map<string, string>;
  /** Layers as they are now, by what they make. */
  readonly producers: Map<string, NodeProto>;
  /** Constants of the graph and of what was folded. */
  readonly constants: Map<string, TensorProto>;
  /** Constants that are a layer's alone: nothing else reads what was folded. */
  readonly own: Set<string>;
}

/** What a node turns a layer's output y into, by output channel: y · factor + offset. */
interface Affine {
  /** Undefined for 1. */
  readonly factor: Float64Array | undefined;
  readonly offset: Float64Array;
  /** Name of the constant that is added. */
  readonly offsetName: string;
}

/**
 * Folds a BatchNormalization, or the addition of a constant per channel, behind a Conv, ConvTranspose, Gemm or two-
 * dimensional MatMul into its weight and bias, as every toolchain does before it quantizes: between them there is no
 * tensor on the chip. Names stay the user's: the layer's node, its weight, and the output of what was folded.
 *
 * @param given a graph whose nodes are in order
 * @param rankOf number of dimensions of a tensor, where it is known
 */
export function foldIntoLayers(
  given: GraphProto,
  names: Names,
  rankOf: (tensor: string) => number | undefined,
): FoldedLayers {
  const view = viewGraph({ graph: given });
  const weightNames = new Map<string, string>();
  const producers = new Map(view.producers);
  const constants = new Map(view.initializers);
  const folding = { view, names, rankOf, weightNames, producers, constants, own: new Set<string>() };
  /** What has become of a layer of the graph. */
  const current = new Map<NodeProto, NodeProto>();
  const original = new Map<NodeProto, NodeProto>();
  const dropped = new Set<NodeProto>();
  for (const node of given.node) {
    const layer = layerBefore(node, folding);
    const folded = layer && foldedInto(layer, node, folding);
    if (layer === undefined || folded === undefined) continue;
    const first = original.get(layer) ?? layer;
    original.set(folded, first);
    current.set(first, folded);
    producers.set(node.output[0], folded);
    dropped.add(node);
  }
  if (dropped.size === 0) return { graph: given, weightNames };
  const node = given.node.filter((n) => !dropped.has(n)).map((n) => current.get(n) ?? n);
  return { graph: shallow(given, { node, initializer: [...constants.values()] }), weightNames };
}

/** The layer whose output nothing but this node reads. */
function layerBefore(
  node: NodeProto,
  { view, rankOf, producers, constants }: Folding,
): NodeProto | undefined {
  if (!isStandard(node) || (node.opType !== 'BatchNormalization' && node.opType !== 'Add')) return undefined;
  for (const name of node.opType === 'Add' ? node.input : node.input.slice(0, 1)) {
    const layer = producers.get(name);
    if (layer === undefined || !isStandard(layer) || layer.output.length !== 1) continue;
    const isLayer =
      CONVOLUTIONS.has(layer.opType) ||
      (layer.opType === 'Gemm' && hasUnitFactors(layer)) ||
      (layer.opType === 'MatMul' && rankOf(name) === 2 && rankOf(layer.input[0]) === 2);
    const isAlone = view.uses.get(name)?.length === 1 && !view.outputs.has(name) && !view.captured.has(name);
    if (isLayer && isAlone && constants.has(layer.input[1])) return layer;
  }
  return undefined;
}

function hasUnitFactors(node: NodeProto): boolean {
  return ['alpha', 'beta'].every((name) => (attributeOf(node, name)?.f ?? 1) === 1);
}

function foldedInto(layer: NodeProto, node: NodeProto, folding: Folding): NodeProto | undefined {
  const affine = affineOf(node, layer, folding);
  return affine && withAffine(layer, node.output[0], affine, folding);
}

function affineOf(node: NodeProto, layer: NodeProto, folding: Folding): Affine | undefined {
  const channels = channelsOf(layer, folding);
  if (channels === undefined) return undefined;
  return node.opType === 'Add'
    ? addition(node, layer, channels, folding)
    : normalization(node, channels, folding);
}

function channelsOf(layer: NodeProto, { constants }: Folding): number | undefined {
  const { dims, dataType } = constants.get(layer.input[1])!;
  if (dataType !== FLOAT) return undefined;
  const axis = channelAxis(layer, dims.length);
  return Number(dims[axis]) * (layer.opType === 'ConvTranspose' ? intAttribute(layer, 'group', 1) : 1);
}

const FLOAT = 1;

/** The dimension of the weight that counts output channels; of one group for a ConvTranspose. */
function channelAxis(layer: NodeProto, rank: number): number {
  if (layer.opType === 'Conv') return 0;
  if (layer.opType === 'ConvTranspose') return 1;
  if (layer.opType === 'MatMul') return rank - 1;
  return intAttribute(layer, 'transB', 0) === 1 ? 0 : 1;
}

/** y = scale · (x − mean) / √(variance + ε) + bias (ONNX's BatchNormalization in inference). */
function normalization(node: NodeProto, channels: number, { constants }: Folding): Affine | undefined {
  if (intAttribute(node, 'training_mode', 0) !== 0) return undefined;
  if (node.output.slice(1).some((name) => name !== '')) return undefined;
  const given = node.input.slice(1, 5).map((name) => floats(constants, name));
  if (given.some((values) => values?.length !== channels)) return undefined;
  const [scale, bias, mean, variance] = given as Float32Array[];
  const epsilon = attributeOf(node, 'epsilon')?.f ?? 1e-5;
  const factor = Float64Array.from(scale, (s, i) => s / Math.sqrt(variance[i] + epsilon));
  const offset = Float64Array.from(bias, (b, i) => b - mean[i] * factor[i]);
  if (![...factor, ...offset].every(Number.isFinite)) return undefined;
  return { factor, offset, offsetName: node.input[2] };
}

/** A constant that has one value for each output channel. */
function addition(node: NodeProto, layer: NodeProto, channels: number, folding: Folding): Affine | undefined {
  const { constants, rankOf } = folding;
  const name = node.input.find((each) => each !== layer.output[0] && constants.has(each));
  if (name === undefined || node.input.length !== 2) return undefined;
  const { dims: shape } = constants.get(name)!;
  const values = floats(constants, name);
  const rank =
    rankOf(layer.output[0]) ??
    (CONVOLUTIONS.has(layer.opType) ? constants.get(layer.input[1])!.dims.length : 2);
  if (values === undefined || shape.length > rank) return undefined;
  const dims = [...new Array<number>(rank - shape.length).fill(1), ...shape.map(Number)];
  const isPerChannel = dims.every((d, axis) => d === (axis === 1 ? channels : 1));
  if (!isPerChannel || elementCount(dims) !== channels) return undefined;
  return { factor: undefined, offset: Float64Array.from(values), offsetName: name };
}

function floats(constants: ReadonlyMap<string, TensorProto>, name: string): Float32Array | undefined {
  const tensor = constants.get(name ?? '');
  return tensor?.dataType === FLOAT ? (readTensor(tensor, name).data as Float32Array) : undefined;
}

/** The layer that makes what followed it; a MatMul becomes a Gemm, which can add. */
function withAffine(
  layer: NodeProto,
  output: string,
  { factor, offset, offsetName }: Affine,
  folding: Folding,
): NodeProto | undefined {
  const [input, weightName, biasName = ''] = layer.input;
  const before = biasName === '' ? undefined : floats(folding.constants, biasName);
  if (biasName !== '' && before?.length !== offset.length) return undefined;
  const weight =
    factor === undefined ? weightName : put(scaledWeight(layer, factor, folding), weightName, layer, folding);
  const sum = Float32Array.from(offset, (o, i) => o + (before?.[i] ?? 0) * (factor?.[i] ?? 1));
  const bias = put(
    { type: 'float32', dims: [sum.length], data: sum },
    biasName || offsetName,
    layer,
    folding,
  );
  const changes = { input: [input, weight, bias], output: [output] };
  if (layer.opType !== 'MatMul') return shallow(layer, changes);
  return shallow(makeNode('Gemm', changes.input, changes.output), { name: layer.name });
}

function scaledWeight(layer: NodeProto, factor: Float64Array, { constants }: Folding) {
  const constant = constants.get(layer.input[1])!;
  const tensor = readTensor(constant, layer.input[1]);
  const { dims } = tensor;
  const axis = channelAxis(layer, dims.length);
  const inner = elementCount(dims.slice(axis + 1));
  const values = tensor.data as Float32Array;
  // The channels of a ConvTranspose's output follow each other group by group, as its input channels do.
  const perGroup = layer.opType === 'ConvTranspose' ? dims[1] : factor.length;
  const groups = factor.length / perGroup;
  const rowsOfGroup = (dims[0] / groups) * elementCount(dims.slice(1));
  const data = values.map((w, i) => {
    const group = groups === 1 ? 0 : Math.floor(i / rowsOfGroup);
    return w * factor[group * perGroup + (Math.floor(i / inner) % perGroup)];
  });
  return keptLike(constant, { type: 'float32' as const, dims, data });
}

/** Adds a constant under the user's name where nothing else reads that, and under another one otherwise. */
function put(
  tensor: Parameters<typeof makeTensor>[1],
  wanted: string,
  layer: NodeProto,
  { view, names, weightNames, constants, own }: Folding,
): string {
  const isOwn =
    own.has(wanted) ||
    (view.uses.get(wanted)?.length === 1 && !view.captured.has(wanted) && !view.outputs.has(wanted));
  const name = isOwn ? wanted : freshName(names.tensors, `${wanted}/${layer.name || layer.output[0]}`);
  if (!isOwn) weightNames.set(name, weightNames.get(wanted) ?? wanted);
  constants.set(name, makeTensor(name, tensor));
  own.add(name);
  return name;
}
