import type { Piece } from '../emulate/quantizer.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type AttributeValue, makeNode } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';

/** What is to be added to a model of one opset, as it grows. */
export interface Draft {
  readonly nodes: NodeProto[];
  readonly constants: Map<string, TensorProto>;
  readonly opset: number;
}

/** Adds a node with one output and gives its name back. */
export function addNode(
  draft: Draft,
  opType: string,
  inputs: string[],
  output: string,
  attributes: Record<string, AttributeValue> = {},
): string {
  draft.nodes.push(makeNode(opType, inputs, [output], attributes));
  return output;
}

/** Adds a float32 constant, a scalar unless `dims` says more, and gives its name back. */
export function addConstant(
  draft: Draft,
  name: string,
  data: ArrayLike<number>,
  dims: readonly number[] = [],
): string {
  draft.constants.set(name, makeTensor(name, { type: 'float32', dims, data: Float32Array.from(data) }));
  return name;
}

/** Adds nodes and constants to a draft; a constant takes the place of one with its name. */
export function addPiece(draft: Draft, { nodes, constants }: Piece): void {
  draft.nodes.push(...nodes);
  for (const constant of constants) draft.constants.set(constant.name, constant);
}

/** The sum of tensors that broadcast to the shape of one of them; a single one is its own sum. Gives its name back. */
export function addUp(draft: Draft, tensors: readonly string[], name: string): string {
  return tensors.reduce((sum, tensor, i) => addNode(draft, 'Add', [sum, tensor], `${name}/${i}`));
}
