import type { QuantParams } from '../numerics/grid.ts';
import { CONTRIB } from '../onnx/contrib.ts';
import { type Draft, freshTensor, partOf, putNode, sharedConstant } from '../onnx/draft.ts';
import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { clamp } from './clamp.ts';
import { type Bytes, bothBytes } from './htp-graph.ts';
import type { InsertedQuantizer } from './insert.ts';
import { addScale, isNarrow } from './quantizer.ts';

/** A graph in which activations are quantized, and what it is edited with. */
export interface EmulatedGraph {
  readonly graph: GraphProto;
  /** The node of the graph for one that the plan names. */
  copyOf(node: NodeProto): NodeProto;
  readonly draft: Draft;
  /** By activation. */
  readonly inserted: ReadonlyMap<string, InsertedQuantizer>;
}

/** An emulated graph while layers are rewired to compute with integers. */
export interface Wiring extends EmulatedGraph {
  readonly quantized: Quantized;
  /** The nodes of the graph by the tensors that they make. */
  readonly producers: ReadonlyMap<string, NodeProto>;
  /** The tensors that hold q − z, by the tensor that is quantized. */
  readonly integers: Map<string, string>;
  /** Their bytes, by the same. */
  readonly bytes: Map<string, Bytes>;
  /** Nodes to put behind others once all edits are done. */
  readonly behind: Map<NodeProto, NodeProto[]>;
  /** Nodes that read inputs of the graph, or of the one around it. */
  readonly first: NodeProto[];
  /** Nodes to leave out once all edits are done. */
  readonly dropped: Set<NodeProto>;
}

/** Puts drafted nodes behind one of the graph, and behind those that were put there before. */
export function putBehind({ behind }: Wiring, anchor: NodeProto, { nodes }: Draft): void {
  behind.set(anchor, [...(behind.get(anchor) ?? []), ...nodes]);
}

/**
 * The tensor that holds q − z of an activation on a grid, made on first use. What was moved on its grid, and comes
 * without its codes, is quantized once more, which changes nothing.
 *
 * @param read the name under which the graph has the activation's quantized form
 */
export function integersOf(wiring: Wiring, activation: string, read: string): string {
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
  decode(draft, [codes, zero], quantized.parameters.grids.get(activation)!, name);
  wiring.integers.set(read, name);
  if (producer === undefined) wiring.first.push(...draft.nodes);
  else putBehind(wiring, producer, draft);
  return name;
}

/** Makes of codes what they are less their zero point, in float32. */
function decode(
  draft: Draft,
  [codes, zero]: readonly [codes: string, zero: string],
  { zeroPoint }: QuantParams,
  to: string,
): void {
  // A Cast is several times faster.
  if (zeroPoint === 0) putNode(draft, makeNode('Cast', [codes], [to], { to: dataTypeOf('float32') }));
  else putNode(draft, inDomain(CONTRIB, makeNode('DequantizeLinear', [codes, one(draft), zero], [to])));
}

function one(draft: Draft): string {
  return sharedConstant(draft, 'quantgate/one', { type: 'float32', dims: [], data: Float32Array.of(1) });
}

/** The bytes of a 16-bit activation, made on first use. */
export function bytesBehind(wiring: Wiring, integers: string, read: string, zeroPoint: number): Bytes {
  const known = wiring.bytes.get(read);
  if (known !== undefined) return known;
  const draft = partOf(wiring.draft);
  const bytes = bothBytes(draft, integers, zeroPoint);
  wiring.bytes.set(read, bytes);
  const producer = wiring.producers.get(read);
  if (producer === undefined) wiring.first.push(...draft.nodes);
  else putBehind(wiring, producer, draft);
  return bytes;
}

/**
 * Lets the quantizer of an activation read `rescaled`, which is in units of its grid: all that is left to do is rounding
 * and saturation.
 */
export function roundOnly(wiring: Wiring, draft: Draft, activation: string, rescaled: string): void {
  const { producers, dropped, inserted, quantized } = wiring;
  const { codes, integers, preparing } = inserted.get(activation)!;
  const params = quantized.parameters.activations.get(activation)!;
  const { zeroPoint, grid } = params;
  const quantizer = producers.get(codes!)!;
  if (integers !== undefined) {
    const behind = partOf(wiring.draft);
    decode(behind, [codes!, quantizer.input[2]], params, integers);
    putBehind(wiring, quantizer, behind);
  }
  quantizer.input[1] = one(draft);
  quantizer.input[0] = rescaled;
  for (const node of preparing) dropped.add(node);
  // The clamp to a narrow grid was in real values, its successor is in integers.
  if (!isNarrow(grid)) return;
  const ends = [grid.qmin - zeroPoint, grid.qmax - zeroPoint] as const;
  quantizer.input[0] = clamp(draft, rescaled, ends, `${rescaled}/clipped`);
}

/** The same of a quantizer that saturates integers itself, and of `rounded`, which holds nothing else. */
export function saturateOnly(
  { producers, dropped, inserted }: Wiring,
  activation: string,
  rounded: string,
): void {
  const { integers, preparing } = inserted.get(activation)!;
  const saturating = producers.get(integers!)!;
  saturating.input[0] = rounded;
  for (const node of preparing) if (node !== saturating) dropped.add(node);
}
