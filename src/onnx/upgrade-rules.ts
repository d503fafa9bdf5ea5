import type { ElementType, Tensor } from '../numerics/tensor.ts';
import type { NodeProto, TensorProto } from './gen/onnx_pb.ts';
import {
  type AttributeValue,
  attributeOf,
  intAttribute,
  makeAttribute,
  makeNode,
  shallow,
  textAttribute,
} from './graph.ts';
import { readTensor } from './tensors.ts';

/** What a rewrite may ask of the graph that its node lies in, and add to it. */
export interface Scope {
  elementType(name: string): ElementType | undefined;
  rank(name: string): number | undefined;
  /** The initializer or Constant of that name. */
  constant(name: string): TensorProto | undefined;
  /** Whether a node or a body of the graph, or its caller, reads a tensor. */
  isRead(name: string): boolean;
  /** Adds a constant and returns its name, the wanted one where it is free. */
  add(wanted: string, tensor: Tensor): string;
  /** A name for a tensor to be made, the wanted one where it is free. */
  fresh(wanted: string): string;
}

/**
 * How a node of operators that changed in opset `since` is written there: nodes that compute the same values, or
 * why there are none. Operators that changed between opset 7 and 21 and have no rule only gained element types,
 * negative axes, broadcasting, or attributes and inputs whose default is what they did before.
 */
export interface Rule {
  readonly operators: readonly string[];
  readonly since: number;
  readonly rewrite: (node: NodeProto, scope: Scope) => NodeProto[] | string;
}

/** Removed from the default operator set; ONNX Runtime knew them up to opset 9. */
const EXPERIMENTAL = [
  'ATen', 'Affine', 'ConstantFill', 'Crop', 'DynamicSlice', 'GRUUnit', 'GivenTensorFill', 'ImageScaler',
  'LoopIndexTensor', 'ParametricSoftplus', 'Scale', 'ScaledTanh',
]; // biome-ignore format: a list

/** Their axes became an input with opset 18; ReduceSum's did with 13. */
const REDUCTIONS = [
  'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd',
  'ReduceSumSquare',
]; // biome-ignore format: a list

/** In the order in which they apply. Source: ONNX's operator changelog (docs/Changelog.md). */
export const rules: readonly Rule[] = [
  { operators: ['Scan'], since: 9, rewrite: () => 'takes lengths of sequences, which opset 9 removed' },
  { operators: ['BatchNormalization'], since: 9, rewrite: withoutSpatial },
  { operators: ['Upsample'], since: 9, rewrite: scalesAsInput },
  { operators: EXPERIMENTAL, since: 10, rewrite: () => 'is experimental and was removed in opset 10' },
  { operators: ['Slice'], since: 10, rewrite: (node, scope) => [asInputs(node, ['starts', 'ends', 'axes'], scope)] },
  { operators: ['TopK'], since: 10, rewrite: (node, scope) => [asInputs(node, ['k'], scope)] },
  { operators: ['Upsample'], since: 10, rewrite: (node) => [shallow(node, { opType: 'Resize' })] },
  { operators: ['Resize'], since: 11, rewrite: withCoordinates },
  { operators: ['Clip'], since: 11, rewrite: boundsAsInputs },
  { operators: ['Pad'], since: 11, rewrite: padsAsInputs },
  { operators: ['Scatter'], since: 11, rewrite: (node) => [shallow(node, { opType: 'ScatterElements' })] },
  { operators: ['Dropout'], since: 12, rewrite: asIdentity },
  { operators: ['Resize'], since: 13, rewrite: withoutEmptyInputs },
  { operators: ['Softmax', 'LogSoftmax', 'Hardmax'], since: 13, rewrite: overFlattened },
  { operators: ['Squeeze', 'Unsqueeze', 'ReduceSum'], since: 13, rewrite: axesAsInput },
  { operators: ['Split'], since: 13, rewrite: (node, scope) => [asInputs(node, ['split'], scope)] },
  { operators: ['BatchNormalization'], since: 14, rewrite: inferenceOnly },
  { operators: ['RoiAlign'], since: 16, rewrite: withDefault('coordinate_transformation_mode', 'output_half_pixel') },
  { operators: REDUCTIONS, since: 18, rewrite: axesAsInput },
  { operators: ['Split'], since: 18, rewrite: withOutputCount },
  { operators: ['DFT'], since: 20, rewrite: () => 'takes its axis as an input from opset 20 on' },
  { operators: ['GridSample'], since: 20, rewrite: withNewModes },
  { operators: ['GroupNormalization'], since: 21, rewrite: () => 'has factors per channel from opset 21 on' },
]; // biome-ignore format: a table

function without(node: NodeProto, ...names: string[]): NodeProto {
  return shallow(node, { attribute: node.attribute.filter((a) => !names.includes(a.name)) });
}

function withAttribute(node: NodeProto, name: string, value: AttributeValue): NodeProto {
  const rest = without(node, name);
  return shallow(rest, { attribute: [...rest.attribute, makeAttribute(name, value)] });
}

function withDefault(name: string, value: AttributeValue): Rule['rewrite'] {
  return (node) => [attributeOf(node, name) === undefined ? withAttribute(node, name, value) : node];
}

/** Integer attributes as int64 inputs behind those there are; the name of one that is absent stays empty. */
function asInputs(node: NodeProto, names: readonly string[], scope: Scope): NodeProto {
  const inputs = names.map((name) => {
    const attribute = attributeOf(node, name);
    if (attribute === undefined) return '';
    const values = name === 'k' ? [attribute.i] : attribute.ints;
    const data = BigInt64Array.from(values);
    return scope.add(`${node.output[0]}/${name}`, { type: 'int64', dims: [data.length], data });
  });
  while (inputs.at(-1) === '') inputs.pop();
  return shallow(without(node, ...names), { input: [...node.input, ...inputs] });
}

/** No axes, and an empty list of them, go on meaning all. */
function axesAsInput(node: NodeProto, scope: Scope): NodeProto[] {
  return [asInputs(node, ['axes'], scope)];
}

function withoutSpatial(node: NodeProto): NodeProto[] | string {
  if (intAttribute(node, 'spatial', 1) === 0)
    return 'has spatial = 0, statistics of every element, which opset 9 removed';
  return [without(node, 'spatial')];
}

function inferenceOnly(node: NodeProto): NodeProto[] | string {
  return node.output.length > 1 ? 'is in training mode, whose outputs changed in opset 14' : [node];
}

function scalesAsInput(node: NodeProto, scope: Scope): NodeProto[] {
  const data = Float32Array.from(attributeOf(node, 'scales')?.floats ?? []);
  const scales = scope.add(`${node.output[0]}/scales`, { type: 'float32', dims: [data.length], data });
  return [shallow(without(node, 'scales'), { input: [node.input[0], scales] })];
}

/**
 * Before opset 11 output element i lies at i / scale. The nearest one is not defined; ONNX Runtime takes the one below
 * when enlarging and the one above when reducing (UpsampleBase, `ResizeNearestMode::SIMPLE`).
 */
function withCoordinates(node: NodeProto, scope: Scope): NodeProto[] | string {
  const [data, scales] = node.input;
  const located = withAttribute(
    shallow(node, { input: [data, '', scales] }),
    'coordinate_transformation_mode',
    'asymmetric',
  );
  if (textAttribute(node, 'mode', 'nearest') !== 'nearest') return [located];
  const constant = scope.constant(scales);
  if (constant === undefined) return 'takes scales that are not constant';
  const values = [...(readTensor(constant, scales).data as Float32Array)];
  if (values.every((s) => s >= 1)) return [withAttribute(located, 'nearest_mode', 'floor')];
  if (values.every((s) => s <= 1)) return [withAttribute(located, 'nearest_mode', 'ceil')];
  return 'enlarges one dimension and reduces another';
}

/** Opset 11 demanded a `roi` and `scales` even where they are not used, and got empty ones. */
function withoutEmptyInputs(node: NodeProto, scope: Scope): NodeProto[] | string {
  if (textAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_half_pixel_for_nn')
    return 'uses coordinates tf_half_pixel_for_nn, which opset 13 removed';
  const isEmpty = (name: string) => scope.constant(name)?.dims.some((d) => d === 0n) ?? false;
  return [shallow(node, { input: node.input.map((name) => (isEmpty(name) ? '' : name)) })];
}

/** The default bounds of opset 6 are finite: an infinity becomes the greatest float. */
function boundsAsInputs(node: NodeProto, scope: Scope): NodeProto[] | string {
  const greatest = (2 - 2 ** -23) * 2 ** 127;
  const inputs: string[] = [];
  for (const [name, fallback] of [
    ['min', -greatest],
    ['max', greatest],
  ] as const) {
    const input = scalarInput(node, name, attributeOf(node, name)?.f ?? fallback, scope);
    if (input === undefined) return notFloat(node, scope);
    inputs.push(input);
  }
  return [shallow(without(node, 'min', 'max'), { input: [node.input[0], ...inputs] })];
}

function padsAsInputs(node: NodeProto, scope: Scope): NodeProto[] | string {
  const value = attributeOf(node, 'value')?.f ?? 0;
  const padded = without(asInputs(node, ['pads'], scope), 'value');
  if (value === 0) return [padded];
  const input = scalarInput(node, 'value', value, scope);
  if (input === undefined) return notFloat(node, scope);
  return [shallow(padded, { input: [...padded.input, input] })];
}

/** A scalar of the element type of a node's data; undefined where that is not float32 or float64. */
function scalarInput(node: NodeProto, name: string, value: number, scope: Scope): string | undefined {
  const type = scope.elementType(node.input[0]) ?? scope.elementType(node.output[0]);
  if (type !== 'float32' && type !== 'float64') return undefined;
  const data = type === 'float32' ? Float32Array.of(value) : Float64Array.of(value);
  return scope.add(`${node.output[0]}/${name}`, { type, dims: [], data });
}

function notFloat(node: NodeProto, scope: Scope): string {
  return `computes in ${scope.elementType(node.input[0]) ?? 'an element type that the file does not state'}: only float32 and float64 are rewritten`;
}

/** Without training Dropout passes its input on. What its mask holds then, and its type, changed. */
function asIdentity(node: NodeProto, scope: Scope): NodeProto[] | string {
  const mask = node.output[1] ?? '';
  if (mask !== '' && scope.isRead(mask)) return 'has a mask that is read, whose values changed in opset 12';
  return [shallow(without(node, 'ratio'), { output: [node.output[0]] })];
}

/** Before opset 13 the input is flattened to two dimensions at `axis`, 1 by default, and rows are normalized. */
function overFlattened(node: NodeProto, scope: Scope): NodeProto[] {
  const axis = intAttribute(node, 'axis', 1);
  const [x] = node.input;
  const [y] = node.output;
  const rank = scope.rank(x) ?? scope.rank(y);
  if (axis === -1 || (rank !== undefined && axis === rank - 1)) return [withAttribute(node, 'axis', -1)];
  const [shape, flat, rows] = ['shape', 'flat', 'rows'].map((part) => scope.fresh(`${y}/${part}`));
  return [
    makeNode('Shape', [x], [shape]),
    makeNode('Flatten', [x], [flat], { axis }),
    shallow(withAttribute(node, 'axis', -1), { input: [flat], output: [rows] }),
    makeNode('Reshape', [rows, shape], [y]),
  ];
}

function withOutputCount(node: NodeProto): NodeProto[] {
  if ((node.input[1] ?? '') !== '') return [node];
  return [withAttribute(node, 'num_outputs', node.output.length)];
}

function withNewModes(node: NodeProto): NodeProto[] {
  const old = textAttribute(node, 'mode', 'bilinear');
  const names: Record<string, string> = { bilinear: 'linear', bicubic: 'cubic' };
  return [withAttribute(node, 'mode', names[old] ?? old)];
}
