import { UserError } from '../errors.ts';
import { dequantizeWeights } from '../numerics/channels.ts';
import { type FileQuantizer, isSameGrid, quantizerOfNode, readCodes } from './file-quantizer.ts';
import type { ModelProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { makeNode, shallow, type Use, viewGraph } from './graph.ts';
import { rawKeptLike } from './kept-weights.ts';
import { opsetOf } from './model.ts';
import { freshName, namesOf } from './names.ts';
import { onlyOutputs } from './prune.ts';
import {
  isDequantize,
  isOnlyDequantized,
  isQuantize,
  keep,
  move,
  movesIntegers,
  type Rewriting,
  type StoodFor,
} from './qdq-rewriting.ts';
import { withSaturation } from './saturation.ts';
import { makeTensor } from './tensors.ts';

/** Where a file quantizes, by the tensors of its graph without QuantizeLinear and DequantizeLinear. */
export interface FileGrids {
  /** Activations, with the places that read them quantized. */
  readonly activations: ReadonlyMap<
    string,
    { readonly quantizer: FileQuantizer; readonly uses: readonly Use[] }
  >;
  /** Weights, by the initializer that holds their real values. */
  readonly weights: ReadonlyMap<string, FileQuantizer>;
  /** Outputs of the model that leave quantized. */
  readonly outputs: ReadonlySet<string>;
}

/** What a quantized model is without its quantizers, and where they were. */
export interface WithoutQuantizers {
  readonly model: ModelProto;
  readonly grids: FileGrids;
}

/** Operators whose integers are not between a QuantizeLinear and a DequantizeLinear. */
const QOPERATORS =
  /^(QLinear|QGemm|QEmbed|QAttention|MatMulInteger|ConvInteger|DynamicQuantize|MatMulNBits|.*BnB4$)/;

/**
 * Takes QuantizeLinear and DequantizeLinear out of a model, whichever tool put them there: their grids are those of the
 * tensors between the operators that are left. Integer weights become the real values that they stand for, under their
 * names; float weights behind a QuantizeLinear (QAT) stay what they are; a Relu that saturation stood for is there again.
 * Nothing is left out that a body of If, Loop or Scan reads.
 *
 * @returns undefined where the model holds neither
 * @throws UserError when a model computes with integers in another way (QLinearConv, MatMulInteger, …)
 */
export function withoutQuantizers(model: ModelProto, where: string): WithoutQuantizers | undefined {
  const view = viewGraph(model);
  for (const node of view.graph.node) {
    if (!QOPERATORS.test(node.opType)) continue;
    throw new UserError(
      `${where}: "${node.name || node.output[0]}" is ${node.opType}, which has no grid to judge: give the model with QuantizeLinear and DequantizeLinear (QuantFormat.QDQ), or the float one`,
    );
  }
  if (!view.graph.node.some((node) => isQuantize(node) || isDequantize(node))) return undefined;
  const graph = view.graph;
  const rewriting: Rewriting = {
    view,
    where,
    opset: opsetOf(model)!,
    names: namesOf(graph),
    nodes: [],
    initializers: new Map(view.initializers),
    real: new Map(),
    codes: new Map(),
    activations: new Map(),
    weights: new Map(),
    outputs: new Map(),
  };
  for (const node of graph.node) {
    const [from] = node.input;
    if (isQuantize(node)) quantize(rewriting, node);
    else if (isDequantize(node)) dequantize(rewriting, node);
    else if (rewriting.codes.has(from) && movesIntegers(node) && isOnlyDequantized(view, node.output[0]))
      move(rewriting, node);
    else keep(rewriting, node);
  }
  return finished(model, rewriting);
}

function quantize(rewriting: Rewriting, node: NodeProto): void {
  const { view, where, real, codes } = rewriting;
  const quantizer = quantizerOfNode(node, where, (name) => view.initializers.get(name));
  if (quantizer === undefined) {
    keep(rewriting, node);
    return;
  }
  const source = real.get(node.input[0]) ?? node.input[0];
  const tensor = view.initializers.has(source)
    ? ownWeight(rewriting, source, quantizer)
    : ownActivation(rewriting, node, quantizer);
  codes.set(node.output[0], { tensor, quantizer });
  // Whatever reads the integers themselves still can; nothing does in most files, and the node goes.
  keep(rewriting, node);
}

/** The name of a weight on this grid: a copy where it is read in float, or on another grid, as well. */
function ownWeight(
  { view, names, initializers, weights }: Rewriting,
  name: string,
  given: FileQuantizer,
): string {
  const tensor = view.initializers.get(name)!;
  const quantizer = onAxis(given, tensor.dims.length);
  const known = weights.get(name);
  const isOwn =
    (known === undefined || isSameGrid(known, quantizer)) &&
    (view.uses.get(name) ?? []).every(({ node }) => isQuantize(node));
  const own = isOwn ? name : freshName(names.tensors, name);
  if (!isOwn) initializers.set(own, shallow(tensor, { name: own }));
  weights.set(own, quantizer);
  return own;
}

/** The tensor that is on this grid: another one behind it where it is on another grid as well. */
function ownActivation(rewriting: Rewriting, node: NodeProto, quantizer: FileQuantizer): string {
  const { view, where, names, real, activations } = rewriting;
  const [name] = node.input;
  if (quantizer.axis !== null)
    throw new UserError(
      `${where}: activation "${name}" has a scale for each channel, which no target has: quantize activations per tensor`,
    );
  const source = real.get(name) ?? name;
  const known = activations.get(source);
  if (known === undefined) activations.set(source, { quantizer, uses: [] });
  if (known === undefined || isSameGrid(known.quantizer, quantizer)) return source;
  const reader = view.uses.get(node.output[0])?.find((use) => isDequantize(use.node))?.node.output[0];
  const isFree = reader !== undefined && !view.captured.has(reader) && !view.outputs.has(reader);
  const behind = isFree ? reader : freshName(names.tensors, `${source}/requantized`);
  keep(rewriting, makeNode('Identity', [name], [behind]));
  activations.set(behind, { quantizer, uses: [] });
  return behind;
}

function dequantize(rewriting: Rewriting, node: NodeProto): void {
  const { view, where, real, codes } = rewriting;
  const [from] = node.input;
  const [to] = node.output;
  const constant = view.initializers.get(from);
  const quantizer = quantizerOfNode(node, where, (name) => view.initializers.get(name), constant);
  const known = codes.get(from);
  if (constant !== undefined && quantizer !== undefined) {
    real.set(
      to,
      dequantized(rewriting, { codes: constant, to, quantizer: onAxis(quantizer, constant.dims.length) }),
    );
  } else if (known === undefined) {
    keep(rewriting, node);
    return;
  } else if (quantizer === undefined || !isSameGrid(known.quantizer, quantizer)) {
    throw new UserError(
      `${where}: DequantizeLinear "${node.name || to}" has another scale or zero point than the QuantizeLinear before it: quantize again`,
    );
  } else if (view.outputs.has(to)) {
    leave(rewriting, known, to);
  } else {
    real.set(to, known.tensor);
  }
  // A body reads the values under this name, on their grid.
  if (view.captured.has(to)) keep(rewriting, node);
}

/** Adds the real values of constant integers, under the name of the integers where nothing else has it. */
function dequantized(
  { view, where, names, initializers, weights }: Rewriting,
  { codes, to, quantizer }: { codes: TensorProto; to: string; quantizer: FileQuantizer },
): string {
  const { axis, scales, zeroPoints } = quantizer;
  const dims = codes.dims.map(Number);
  if (axis !== null && scales.length !== dims[axis])
    throw new UserError(
      `${where}: "${codes.name}" has ${scales.length} scales for ${dims[axis]} channels: the file is damaged, quantize again`,
    );
  const params = scales.map((scale, i) => ({ scale, zeroPoint: zeroPoints[i] }));
  const data = dequantizeWeights(readCodes(codes, where), { dims, axis }, params);
  const isOwn =
    view.uses.get(codes.name)?.length === 1 &&
    !view.outputs.has(codes.name) &&
    !view.captured.has(codes.name);
  const name = isOwn ? codes.name : view.captured.has(to) ? freshName(names.tensors, to) : to;
  initializers.set(name, rawKeptLike(codes, makeTensor(name, { type: 'float32', dims, data })));
  if (quantizer.bits <= 16) weights.set(name, quantizer);
  return name;
}

/** Lets real values leave the model under the name of the output that they are dequantized to. */
function leave(rewriting: Rewriting, { tensor, quantizer }: StoodFor, to: string): void {
  const { view, real, activations, outputs } = rewriting;
  const isOwn =
    view.producers.has(tensor) &&
    !view.outputs.has(tensor) &&
    !view.captured.has(tensor) &&
    !outputs.has(tensor) &&
    (view.uses.get(tensor) ?? []).every(({ node }) => isQuantize(node));
  if (isOwn) {
    outputs.set(tensor, to);
    real.set(to, tensor);
    return;
  }
  const leaving = makeNode('Identity', [tensor], [to]);
  activations.get(tensor)?.uses.push({ node: leaving, input: 0 });
  rewriting.nodes.push(leaving);
  activations.set(to, { quantizer, uses: [] });
  outputs.set(to, to);
}

function onAxis(quantizer: FileQuantizer, rank: number): FileQuantizer {
  const { axis } = quantizer;
  return axis === null || axis >= 0 ? quantizer : { ...quantizer, axis: axis + rank };
}

function finished(model: ModelProto, rewriting: Rewriting): WithoutQuantizers {
  const { initializers, activations, weights, outputs } = rewriting;
  const nodes = withSaturation(rewriting);
  const name = (tensor: string) => outputs.get(tensor) ?? tensor;
  for (const node of nodes) {
    node.input = node.input.map(name);
    node.output = node.output.map(name);
  }
  const given = model.graph!;
  const graph = shallow(given, { node: nodes, initializer: [...initializers.values()] });
  onlyOutputs(graph, new Set(given.output.map((output) => output.name)));
  graph.output = given.output;
  const left = new Set(graph.node);
  const leaving = new Set(outputs.values());
  const onGrid = [...activations]
    .map(
      ([tensor, { quantizer, uses }]) =>
        [name(tensor), { quantizer, uses: uses.filter((u) => left.has(u.node)) }] as const,
    )
    .filter(([tensor, { uses }]) => uses.length > 0 || leaving.has(tensor));
  return {
    model: shallow(model, { graph }),
    grids: { activations: new Map(onGrid), weights, outputs: leaving },
  };
}
