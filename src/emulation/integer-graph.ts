import type { Tensor } from '../numerics/tensor.ts';
import { CONTRIB } from '../onnx/contrib.ts';
import {
  addConstant,
  addFloats,
  addNode,
  type Draft,
  freshTensor,
  partOf,
  putNode,
  sharedConstant,
} from '../onnx/draft.ts';
import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../onnx/graph.ts';
import type { IntegerLayer, Rescale } from '../quantization/integer-layers.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { canOverflow, wrapAround } from './accumulator-graph.ts';
import { clamp } from './clamp.ts';
import type { InsertedQuantizer } from './insert.ts';
import { addScale, type Between, isNarrow } from './quantizer.ts';

/** A graph in which activations are quantized, and what it is edited with. */
export interface EmulatedGraph {
  readonly graph: GraphProto;
  /** The node of the graph for one that the plan names. */
  copyOf(node: NodeProto): NodeProto;
  readonly draft: Draft;
  /** By activation. */
  readonly inserted: ReadonlyMap<string, InsertedQuantizer>;
}

interface Wiring extends EmulatedGraph {
  readonly quantized: Quantized;
  /** The nodes of the graph by the tensors that they make. */
  readonly producers: ReadonlyMap<string, NodeProto>;
  /** The tensors that hold q − z, by the tensor that is quantized. */
  readonly integers: Map<string, string>;
  /** Nodes to put behind others once all edits are done. */
  readonly behind: Map<NodeProto, NodeProto[]>;
  /** Nodes that read inputs of the graph, or of the one around it. */
  readonly first: NodeProto[];
  /** Nodes to leave out once all edits are done. */
  readonly dropped: Set<NodeProto>;
}

/**
 * Rewires layers of an emulated graph to compute with integers held in float32: inputs and weights are q − z, and
 * what leaves the accumulator is rescaled as the target does it. A Relu or Clip that saturation replaces is dropped.
 *
 * @returns the tensors that count overflows, by layer, for the layers whose accumulator can overflow
 */
export function computeWithIntegers(
  emulated: EmulatedGraph,
  layers: readonly IntegerLayer[],
  quantized: Quantized,
): Map<string, string> {
  const { graph } = emulated;
  const wiring: Wiring = {
    ...emulated,
    quantized,
    producers: new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const))),
    integers: new Map(),
    behind: new Map(),
    first: [],
    dropped: new Set(),
  };
  const overflows = new Map<string, string>();
  for (const each of layers) {
    const counted = rewire(wiring, each);
    if (counted !== undefined) overflows.set(each.layer.name, counted);
  }
  const { behind, first, dropped } = wiring;
  const kept = graph.node.filter((n) => !dropped.has(n));
  graph.node = [...first, ...kept.flatMap((n) => [n, ...(behind.get(n) ?? [])])];
  return overflows;
}

/** Rewires one layer; gives the tensor that counts overflows where there can be any. */
function rewire(wiring: Wiring, each: IntegerLayer): string | undefined {
  const { layer, rescale, worstAccumulator, accumulatorBits: bits } = each;
  const { model } = wiring.quantized;
  const node = wiring.copyOf(layer.node);
  const draft = partOf(wiring.draft);
  readIntegers(wiring, node, each);
  const [output] = node.output;
  const accumulator = freshTensor(draft, `${layer.output}/accumulator`);
  node.output[0] = accumulator;
  const wraps = canOverflow(worstAccumulator, bits) ? wrapAround(draft, accumulator, bits) : undefined;
  const from = wraps?.wrapped ?? accumulator;
  if (rescale.kind === 'float') {
    rescaleToReal(draft, { from, to: output }, rescale, (count) => channelShape(count, layer, model));
  } else {
    const dims = channelShape(rescale.factors.length, layer, model);
    const rescaled = rescaleOntoGrid(draft, from, rescale, dims);
    if (rescale.fused !== undefined) wiring.dropped.add(wiring.copyOf(rescale.fused));
    roundOnly(wiring, draft, rescale.produces, rescaled);
  }
  putBehind(wiring, node, draft);
  return wraps?.overflows;
}

function putBehind({ behind }: Wiring, anchor: NodeProto, { nodes }: Draft): void {
  behind.set(anchor, [...(behind.get(anchor) ?? []), ...nodes]);
}

/** Lets a node read integers instead of what they stand for. A bias that stays in float is taken out of it. */
function readIntegers(wiring: Wiring, node: NodeProto, { layer, weights, bias }: IntegerLayer): void {
  for (const input of [0, 1])
    if (input !== layer.weight?.input)
      node.input[input] = integersOf(wiring, layer.node.input[input], node.input[input]);
  const constant = (input: number, tensor: Tensor) => {
    node.input[input] = addConstant(wiring.draft, `${node.input[input]}/integers`, tensor);
  };
  if (weights !== undefined) constant(layer.weight!.input, weights);
  const none: Tensor = { type: 'float32', dims: [1], data: new Float32Array(1) };
  if (bias !== undefined)
    constant(bias.input, { type: 'float32', dims: [bias.codes.length], data: Float32Array.from(bias.codes) });
  // Before opset 11 a Gemm cannot do without its third input.
  else if (layer.op === 'Gemm') constant(2, none);
  else if (node.input.length > 2) node.input.pop();
}

/**
 * The tensor that holds q − z of an activation on a grid, made on first use. What was moved on its grid, and comes
 * without its codes, is quantized once more, which changes nothing.
 *
 * @param read the name under which the graph has the activation's quantized form
 */
function integersOf(wiring: Wiring, activation: string, read: string): string {
  const { quantized, producers, inserted } = wiring;
  const known = wiring.integers.get(read);
  if (known !== undefined) return known;
  const own = inserted.get(activation);
  const quantizer = own?.quantized === read ? own : undefined;
  if (quantizer?.integers !== undefined) return quantizer.integers;
  const draft = partOf(wiring.draft);
  const producer = producers.get(read);
  const name = freshTensor(draft, `${read}/integers`);
  let codes = quantizer?.codes;
  let zero = producer?.input[2];
  if (codes === undefined || zero === undefined) {
    const params = quantized.parameters.grids.get(activation)!;
    const scale = addScale(draft, name, { params, grid: params.grid });
    zero = scale[1];
    codes = freshTensor(draft, `${read}/codes`);
    putNode(draft, inDomain(CONTRIB, makeNode('QuantizeLinear', [read, ...scale], [codes])));
  }
  putNode(draft, inDomain(CONTRIB, makeNode('DequantizeLinear', [codes, one(draft), zero], [name])));
  wiring.integers.set(read, name);
  if (producer === undefined) wiring.first.push(...draft.nodes);
  else putBehind(wiring, producer, draft);
  return name;
}

function one(draft: Draft): string {
  return sharedConstant(draft, 'quantgate/one', { type: 'float32', dims: [], data: Float32Array.of(1) });
}

function rescaleToReal(
  draft: Draft,
  { from, to }: Between,
  { factors, bias }: Extract<Rescale, { kind: 'float' }>,
  shape: (count: number) => number[],
): void {
  const factor = addFloats(draft, `${from}/factor`, factors, shape(factors.length));
  if (bias === undefined) {
    putNode(draft, makeNode('Mul', [from, factor], [to]));
    return;
  }
  const dims = bias.dims.length === 1 ? shape(bias.data.length) : bias.dims;
  const added = addConstant(draft, `${from}/bias`, { ...bias, dims });
  const product = addNode(draft, 'Mul', [from, factor], `${from}/product`);
  putNode(draft, makeNode('Add', [product, added], [to]));
}

/**
 * @param dims the shape in which the factors broadcast
 * @returns the name of the accumulator in units of the output's grid
 */
function rescaleOntoGrid(
  draft: Draft,
  from: string,
  rescale: Exclude<Rescale, { kind: 'float' }>,
  dims: readonly number[],
): string {
  const name = `${from}/rescaled`;
  if (rescale.kind === 'float-multiplier') {
    const factor = addFloats(draft, `${from}/factor`, rescale.factors, dims);
    return addNode(draft, 'Mul', [from, factor], name);
  }
  // multiplier / 2^fractionBits has 31 bits and the accumulator 32 at most: whatever does not saturate the grid
  // (below 2^16) has a product of less than 53 bits, exact in float64, and so have its sum with 1/2 and the floor.
  const data = Float64Array.from(rescale.factors, (f) => f.multiplier / 2 ** f.fractionBits);
  const factor = addConstant(draft, `${from}/factor`, { type: 'float64', dims, data });
  const halves = { type: 'float64', dims: [], data: Float64Array.of(0.5) } as const;
  const half = addConstant(draft, `${from}/factor/half`, halves);
  const wide = addNode(draft, 'Cast', [from], `${from}/wide`, { to: 11 });
  const product = addNode(draft, 'Mul', [wide, factor], `${from}/product`);
  const raised = addNode(draft, 'Add', [product, half], `${from}/raised`);
  const floor = addNode(draft, 'Floor', [raised], `${from}/floor`);
  return addNode(draft, 'Cast', [floor], name, { to: 1 });
}

/**
 * Lets the quantizer of an activation read `rescaled`, which is in units of its grid: all that is left to do is rounding
 * and saturation.
 */
function roundOnly(wiring: Wiring, draft: Draft, activation: string, rescaled: string): void {
  const { producers, dropped, inserted } = wiring;
  const quantizer = producers.get(inserted.get(activation)!.codes!)!;
  const { zeroPoint, grid } = wiring.quantized.parameters.activations.get(activation)!;
  const [realValued] = quantizer.input;
  quantizer.input[1] = one(draft);
  quantizer.input[0] = rescaled;
  if (!isNarrow(grid)) return;
  // The clamp to a narrow grid is in real values, and so is its successor in integers.
  dropped.add(producers.get(realValued)!);
  const ends = [grid.qmin - zeroPoint, grid.qmax - zeroPoint] as const;
  quantizer.input[0] = clamp(draft, rescaled, ends, `${rescaled}/clipped`);
}

/**
 * The shape in which one value for each of `count` output channels broadcasts to a layer's output: channels are the
 * second dimension of a convolution's output, the last one of a matrix product's.
 */
export function channelShape(
  count: number,
  { op, weight }: IntegerLayer['layer'],
  { view }: Pick<LoadedModel, 'view'>,
): number[] {
  if (count === 1) return [];
  if (op === 'Gemm' || op === 'MatMul') return [count];
  const rank = view.initializers.get(weight!.name)!.dims.length;
  return [count, ...new Array<number>(rank - 2).fill(1)];
}
