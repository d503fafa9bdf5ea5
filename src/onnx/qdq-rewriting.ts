import type { FileQuantizer } from './file-quantizer.ts';
import type { NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { attributeOf, type GraphView, isStandard, shallow, type Use } from './graph.ts';
import { isMoving } from './moving.ts';
import type { Names } from './names.ts';

export function isQuantize(node: NodeProto): boolean {
  return node.opType === 'QuantizeLinear' && (isStandard(node) || node.domain === 'com.microsoft');
}

export function isDequantize(node: NodeProto): boolean {
  return node.opType === 'DequantizeLinear' && (isStandard(node) || node.domain === 'com.microsoft');
}

/** Real values that integers stand for. */
export interface StoodFor {
  readonly tensor: string;
  readonly quantizer: FileQuantizer;
}

/** A graph on its way, node by node in order. */
export interface Rewriting {
  readonly view: GraphView;
  readonly where: string;
  readonly opset: number;
  readonly names: Names;
  readonly nodes: NodeProto[];
  readonly initializers: Map<string, TensorProto>;
  /** Output of a DequantizeLinear → the tensor without its quantizer. */
  readonly real: Map<string, string>;
  /** By the tensor of integers. */
  readonly codes: Map<string, StoodFor>;
  readonly activations: Map<string, { readonly quantizer: FileQuantizer; readonly uses: Use[] }>;
  readonly weights: Map<string, FileQuantizer>;
  /** Tensor → the output of the model that it leaves as, quantized. */
  readonly outputs: Map<string, string>;
}

/** Whether nothing reads these integers but what dequantizes them, moved or not. */
export function isOnlyDequantized(view: GraphView, name: string): boolean {
  if (view.outputs.has(name) || view.captured.has(name)) return false;
  return (view.uses.get(name) ?? []).every(
    ({ node, input }) =>
      input === 0 && (isDequantize(node) || (movesIntegers(node) && isOnlyDequantized(view, node.output[0]))),
  );
}

/** Whether a node moves integers to its one output as it moves real values: zero, which Pad adds, is another integer. */
export function movesIntegers(node: NodeProto): boolean {
  return isMoving(node) && node.opType !== 'Pad' && node.output.length === 1;
}

/** An operator that moves integers, on the real values that they stand for, which take the name of the integers. */
export function move(rewriting: Rewriting, node: NodeProto): void {
  const { codes, activations, nodes } = rewriting;
  const { tensor, quantizer } = codes.get(node.input[0])!;
  const moved = shallow(node, { input: node.input.with(0, tensor), output: [...node.output] });
  activations.get(tensor)?.uses.push({ node: moved, input: 0 });
  nodes.push(moved);
  codes.set(node.output[0], { tensor: node.output[0], quantizer });
}

/** A node that reads real values where it read dequantized ones; where those are on a grid is noted. */
export function keep({ real, activations, weights, nodes }: Rewriting, node: NodeProto): void {
  const kept = shallow(node, {
    input: node.input.map((name) => real.get(name) ?? name),
    output: [...node.output],
  });
  node.input.forEach((name, input) => {
    const tensor = real.get(name);
    if (tensor !== undefined) activations.get(tensor)?.uses.push({ node: kept, input });
  });
  nodes.push(kept);
  const moved = movesIntegers(kept) ? weights.get(kept.input[0]) : undefined;
  const quantizer = moved && throughMoving(moved, kept);
  if (quantizer !== undefined) weights.set(kept.output[0], quantizer);
}

/** The quantizer of what is moved; undefined where its channels are no longer along one dimension. */
function throughMoving(quantizer: FileQuantizer, node: NodeProto): FileQuantizer | undefined {
  const { axis } = quantizer;
  if (axis === null || node.opType === 'Identity') return quantizer;
  if (node.opType !== 'Transpose') return undefined;
  const perm = attributeOf(node, 'perm')?.ints.map(Number);
  return perm && { ...quantizer, axis: perm.indexOf(axis) };
}
