import type { Tensor } from '../numerics/tensor.ts';
import { addConstant, addFloats, addNode, type Draft, freshTensor, partOf, putNode } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import type { HtpSteps } from '../quantization/htp-rescale.ts';
import type { IntegerJoin } from '../quantization/integer-joins.ts';
import type { IntegerLayer, Rescale } from '../quantization/integer-layers.ts';
import type { IntegerSum } from '../quantization/integer-sums.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { canOverflow, wrapAround } from './accumulator-graph.ts';
import { lowerBytesOnHtp, rescaleOnHtp, sumOnHtp } from './htp-graph.ts';
import { limitReciprocal, rewireJoin, rewireSum } from './htp-operators.ts';
import {
  bytesBehind,
  type EmulatedGraph,
  integersOf,
  putBehind,
  roundOnly,
  saturateOnly,
  type Wiring,
} from './integer-wiring.ts';
import type { Between } from './quantizer.ts';

/** What of a model is computed with integers. */
export interface IntegerParts {
  readonly layers: readonly IntegerLayer[];
  readonly sums: readonly IntegerSum[];
  readonly joins: readonly IntegerJoin[];
  /** Those that give what HTP makes of small divisors. */
  readonly reciprocals: readonly NodeProto[];
}

/**
 * Rewires layers of an emulated graph to compute with integers held in float32: inputs and weights are q − z, and
 * what leaves the accumulator is rescaled as the target does it. A Relu or Clip that saturation replaces is dropped.
 *
 * @returns the tensors that count overflows, by layer, for the layers whose accumulator can overflow
 */
export function computeWithIntegers(
  emulated: EmulatedGraph,
  { layers, sums, joins, reciprocals }: IntegerParts,
  quantized: Quantized,
): Map<string, string> {
  const { graph } = emulated;
  const wiring: Wiring = {
    ...emulated,
    quantized,
    producers: new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const))),
    integers: new Map(),
    bytes: new Map(),
    behind: new Map(),
    first: [],
    dropped: new Set(),
  };
  const overflows = new Map<string, string>();
  for (const each of layers) {
    const counted = rewire(wiring, each);
    if (counted !== undefined) overflows.set(each.layer.name, counted);
  }
  for (const sum of sums) rewireSum(wiring, sum);
  for (const join of joins) rewireJoin(wiring, join);
  for (const node of reciprocals) limitReciprocal(wiring, node);
  const { behind, first, dropped } = wiring;
  const inPlace = graph.node.flatMap((n) => [...(dropped.has(n) ? [] : [n]), ...(behind.get(n) ?? [])]);
  graph.node = [...first, ...inPlace];
  return overflows;
}

/** Rewires one layer; gives the tensor that counts overflows where there can be any. */
function rewire(wiring: Wiring, each: IntegerLayer): string | undefined {
  const { layer, rescale, worstAccumulator, accumulatorBits: bits } = each;
  const { model } = wiring.quantized;
  const node = wiring.copyOf(layer.node);
  const draft = partOf(wiring.draft);
  const [output] = node.output;
  const shapeOf = (count: number) => channelShape(count, layer, model);
  node.output[0] = freshTensor(draft, `${layer.output}/accumulator`);
  const accumulator =
    rescale.kind === 'htp'
      ? accumulateOnHtp(wiring, draft, node, { ...each, rescale })
      : accumulate(wiring, node, each);
  const wraps = canOverflow(worstAccumulator, bits) ? wrapAround(draft, accumulator, bits) : undefined;
  const from = wraps?.wrapped ?? accumulator;
  if (rescale.kind === 'float') {
    rescaleToReal(draft, { from, to: output }, rescale, shapeOf);
  } else {
    if (rescale.fused !== undefined) wiring.dropped.add(wiring.copyOf(rescale.fused));
    const { produces } = rescale;
    if (rescale.kind === 'htp') {
      saturateOnly(wiring, produces, rescaleOnHtp(draft, from, rescale, shapeOf));
    } else {
      const dims = shapeOf(rescale.factors.length);
      roundOnly(wiring, draft, produces, rescaleOntoGrid(draft, from, rescale, dims));
    }
  }
  putBehind(wiring, node, draft);
  return wraps?.overflows;
}

/**
 * Lets a node read integers instead of what they stand for. A bias that stays in float is taken out of it.
 *
 * @returns the name of its sums
 */
function accumulate(wiring: Wiring, node: NodeProto, each: IntegerLayer): string {
  const { layer, weights, bias } = each;
  readActivations(wiring, node, each, (read) => read);
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
  return node.output[0];
}

/** The same with what HTP multiplies with and adds, 16-bit activations a byte at a time. */
function accumulateOnHtp(
  wiring: Wiring,
  draft: Draft,
  node: NodeProto,
  each: IntegerLayer & { readonly rescale: HtpSteps },
): string {
  const { layer, rescale } = each;
  const shape = channelShape(rescale.added.length, layer, wiring.quantized.model);
  const { bytes } = rescale;
  let lower: string | undefined;
  readActivations(wiring, node, each, (integers, read) => {
    if (bytes === undefined) return integers;
    const both = bytesBehind(wiring, integers, read, bytes.zeroPoint);
    lower = both.lower;
    return both.upper;
  });
  const sum = sumOnHtp(draft, node, layer.weight?.input, rescale, shape);
  if (lower === undefined) return sum;
  const above = lowerBytesOnHtp(draft, node, lower, layer.weight!.input, rescale, shape);
  return addNode(draft, 'Add', [sum, above], `${node.output[0]}/both`);
}

function readActivations(
  wiring: Wiring,
  node: NodeProto,
  { layer }: IntegerLayer,
  use: (integers: string, read: string) => string,
): void {
  for (const input of [0, 1]) {
    if (input === layer.weight?.input) continue;
    const read = node.input[input];
    node.input[input] = use(integersOf(wiring, layer.node.input[input], read), read);
  }
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
  rescale: Extract<Rescale, { kind: 'float-multiplier' | 'fixed-point' }>,
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
