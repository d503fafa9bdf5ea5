import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../numerics/tensor.ts';
import { type GraphProto, type NodeProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';
import type { IntegerLayer, Rescale } from '../quantization/integer-layers.ts';
import type { Parameters } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { accumulatorBits } from '../quantization/scheme.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { accumulatorOf, overflowsOf, wrapAround } from './accumulator.ts';
import { CONTRIB, clamp, isNarrow, type Piece, scaleConstants } from './quantizer.ts';

const ONE = 'quantgate/one';

/** What an emulated graph is edited with: everything by the names that its quantizers gave. */
interface Wiring {
  readonly graph: GraphProto;
  readonly producers: Map<string, NodeProto>;
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
 * @param copies the nodes of `graph` by the nodes that the plan names
 * @returns the added outputs that count overflows, by layer, for the layers whose accumulator can overflow
 */
export function computeWithIntegers(
  graph: GraphProto,
  copies: ReadonlyMap<NodeProto, NodeProto>,
  layers: readonly IntegerLayer[],
  { model, scheme, parameters }: Quantized,
): Map<string, string> {
  const overflows = new Map<string, string>();
  if (layers.length === 0) return overflows;
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const wiring: Wiring = { graph, producers, behind: new Map(), first: [], dropped: new Set() };
  graph.initializer.push(makeTensor(ONE, { type: 'float32', dims: [], data: Float32Array.of(1) }));
  for (const each of layers) {
    const { layer, rescale, worstAccumulator } = each;
    const node = copies.get(layer.node)!;
    readIntegers(node, each, wiring, parameters);
    const accumulator = accumulatorOf(layer);
    const output = node.output[0];
    node.output[0] = accumulator;
    const wrapped = wrapAround(accumulator, worstAccumulator, accumulatorBits(scheme));
    add(wiring, node, wrapped);
    if (wrapped.nodes.length > 0) {
      overflows.set(layer.name, overflowsOf(accumulator));
      graph.output.push(create(ValueInfoProtoSchema, { name: overflowsOf(accumulator) }));
    }
    const from = wrapped.nodes.at(-1)?.output[0] ?? accumulator;
    if (rescale.kind === 'float') {
      add(
        wiring,
        node,
        floatRescale(from, output, rescale, (count) => channelShape(count, layer, model)),
      );
    } else {
      const rescaled = `${layer.output}/rescaled`;
      add(
        wiring,
        node,
        ontoGrid(from, rescaled, rescale, channelShape(rescale.factors.length, layer, model)),
      );
      if (rescale.fused !== undefined) wiring.dropped.add(copies.get(rescale.fused)!);
      add(wiring, node, roundOnly(rescale.produces, rescaled, parameters, wiring, model.opset));
    }
  }
  const { behind, first, dropped } = wiring;
  const kept = graph.node.filter((n) => !dropped.has(n));
  graph.node = [...first, ...kept.flatMap((n) => [n, ...(behind.get(n) ?? [])])];
  return overflows;
}

function add({ graph, behind }: Wiring, anchor: NodeProto, { nodes, constants }: Piece): void {
  behind.set(anchor, [...(behind.get(anchor) ?? []), ...nodes]);
  graph.initializer.push(...constants);
}

/** Lets a node read integers instead of what they stand for. A bias that stays in float is taken out of it. */
function readIntegers(
  node: NodeProto,
  { layer, weights, bias }: IntegerLayer,
  wiring: Wiring,
  parameters: Parameters,
): void {
  for (const input of [0, 1])
    if (input !== layer.weight?.input) node.input[input] = integersOf(node.input[input], wiring, parameters);
  const constant = (input: number, tensor: Tensor) => {
    node.input[input] = `${node.input[input]}/integers`;
    wiring.graph.initializer.push(makeTensor(node.input[input], tensor));
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
 */
function integersOf(tensor: string, wiring: Wiring, { grids, activationGrid }: Parameters): string {
  const { producers, first } = wiring;
  const name = `${tensor}/integers`;
  if (producers.has(name)) return name;
  const producer = producers.get(tensor);
  const nodes: NodeProto[] = [];
  let [codes, , zero] = producer?.input ?? [];
  if (producer?.opType !== 'DequantizeLinear') {
    const constants = scaleConstants(name, grids.get(tensor)!, activationGrid);
    codes = `${tensor}/codes`;
    zero = constants[1].name;
    nodes.push(makeNode('QuantizeLinear', [tensor, constants[0].name, zero], [codes], {}, CONTRIB));
    wiring.graph.initializer.push(...constants);
  }
  nodes.push(makeNode('DequantizeLinear', [codes, ONE, zero], [name], {}, CONTRIB));
  producers.set(name, nodes.at(-1)!);
  if (producer === undefined) first.push(...nodes);
  else add(wiring, producer, { nodes, constants: [] });
  return name;
}

function floatRescale(
  from: string,
  to: string,
  { factors, bias }: Extract<Rescale, { kind: 'float' }>,
  shape: (count: number) => number[],
): Piece {
  const factor = makeTensor(`${from}/factor`, {
    type: 'float32',
    dims: shape(factors.length),
    data: factors,
  });
  if (bias === undefined) return { nodes: [makeNode('Mul', [from, factor.name], [to])], constants: [factor] };
  const dims = bias.dims.length === 1 ? shape(bias.data.length) : bias.dims;
  const added = makeTensor(`${from}/bias`, { ...bias, dims });
  const product = `${from}/product`;
  return {
    nodes: [makeNode('Mul', [from, factor.name], [product]), makeNode('Add', [product, added.name], [to])],
    constants: [factor, added],
  };
}

function ontoGrid(
  from: string,
  to: string,
  rescale: Exclude<Rescale, { kind: 'float' }>,
  dims: readonly number[],
): Piece {
  const factor = `${from}/factor`;
  if (rescale.kind === 'float-multiplier') {
    const constants = [makeTensor(factor, { type: 'float32', dims, data: rescale.factors })];
    return { nodes: [makeNode('Mul', [from, factor], [to])], constants };
  }
  // multiplier / 2^fractionBits has 31 bits and the accumulator 32 at most: whatever does not saturate the grid
  // (below 2^16) has a product of less than 53 bits, exact in float64, and so have its sum with 1/2 and the floor.
  const data = Float64Array.from(rescale.factors, (f) => f.multiplier / 2 ** f.fractionBits);
  const [wide, product, raised, floor] = ['wide', 'product', 'raised', 'floor'].map(
    (part) => `${from}/${part}`,
  );
  return {
    nodes: [
      makeNode('Cast', [from], [wide], { to: 11 }),
      makeNode('Mul', [wide, factor], [product]),
      makeNode('Add', [product, `${factor}/half`], [raised]),
      makeNode('Floor', [raised], [floor]),
      makeNode('Cast', [floor], [to], { to: 1 }),
    ],
    constants: [
      makeTensor(factor, { type: 'float64', dims, data }),
      makeTensor(`${factor}/half`, { type: 'float64', dims: [], data: Float64Array.of(0.5) }),
    ],
  };
}

/**
 * The quantizer of an activation reads `rescaled`, which is in units of its grid: all that is left to do is rounding
 * and saturation.
 */
function roundOnly(
  activation: string,
  rescaled: string,
  { activations, activationGrid: grid }: Parameters,
  { producers, dropped }: Wiring,
  opset: number,
): Piece {
  const quantizer = quantizerOf(activation, producers);
  const { zeroPoint } = activations.get(activation)!;
  const [realValued] = quantizer.input;
  quantizer.input[1] = ONE;
  quantizer.input[0] = rescaled;
  if (!isNarrow(grid)) return { nodes: [], constants: [] };
  // The clamp to a narrow grid is in real values, and so is its successor in integers.
  dropped.add(producers.get(realValued)!);
  quantizer.input[0] = `${rescaled}/clipped`;
  return clamp(rescaled, quantizer.input[0], grid.qmin - zeroPoint, grid.qmax - zeroPoint, opset);
}

/** The QuantizeLinear of an activation: its dequantized form has the activation's own name or one with a suffix. */
function quantizerOf(activation: string, producers: ReadonlyMap<string, NodeProto>): NodeProto {
  return (producers.get(`${activation}/quantized/q`) ?? producers.get(`${activation}/q`))!;
}

/**
 * The shape in which one value for each of `count` output channels broadcasts to a layer's output: channels are the
 * second dimension of a convolution's output, the last one of a matrix product's.
 */
export function channelShape(
  count: number,
  { op, output }: IntegerLayer['layer'],
  model: LoadedModel,
): number[] {
  if (count === 1) return [];
  if (op === 'Gemm' || op === 'MatMul') return [count];
  const rank = model.tensors.get(output)!.dims.length;
  return [count, ...new Array<number>(rank - 2).fill(1)];
}
