import type { Tensor } from '../numerics/tensor.ts';
import type { GraphProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { type AttributeValue, makeNode } from './graph.ts';
import { freshName, type Names, namesOf } from './names.ts';
import { makeTensor } from './tensors.ts';

/** What is to be added to a graph of one opset, as it grows, under names that the graph does not have. */
export interface Draft {
  readonly nodes: NodeProto[];
  readonly constants: TensorProto[];
  readonly opset: number;
  /** Those of the graph, and of all that was drafted for it. */
  readonly names: Names;
  /** Names of the constants that are there once, by the name that was wanted for them. */
  readonly shared: Map<string, string>;
}

/** An empty draft for a graph; it knows the names in `others`, such as one that is to be merged into it, as well. */
export function draftFor(opset: number, ...graphs: readonly GraphProto[]): Draft {
  return { nodes: [], constants: [], opset, names: namesOf(...graphs), shared: new Map() };
}

/** A part of a draft whose nodes are kept apart, to be put elsewhere in the graph. */
export function partOf(draft: Draft): Draft {
  return { ...draft, nodes: [] };
}

/** A draft for the body of an If in a graph, which has constants of its own. */
export function draftWithin({ opset, names }: Draft): Draft {
  return { nodes: [], constants: [], opset, names, shared: new Map() };
}

/** A name for a tensor that is still to be made: the wanted one where it is free. */
export function freshTensor({ names }: Draft, wanted: string): string {
  return freshName(names.tensors, wanted);
}

/** Adds a node whose outputs have their names already. */
export function putNode({ nodes, names }: Draft, node: NodeProto): void {
  if (node.name !== '') node.name = freshName(names.nodes, node.name);
  nodes.push(node);
}

/** Adds a node with one output and gives the name of that, the wanted one where it is free. */
export function addNode(
  draft: Draft,
  opType: string,
  inputs: string[],
  wanted: string,
  attributes: Record<string, AttributeValue> = {},
): string {
  const output = freshTensor(draft, wanted);
  putNode(draft, makeNode(opType, inputs, [output], attributes));
  return output;
}

/** Adds a constant and gives its name. */
export function addConstant(draft: Draft, wanted: string, tensor: Tensor): string {
  const name = freshTensor(draft, wanted);
  draft.constants.push(makeTensor(name, tensor));
  return name;
}

/** Adds a float32 constant, a scalar unless `dims` says more, and gives its name. */
export function addFloats(
  draft: Draft,
  wanted: string,
  data: ArrayLike<number>,
  dims: readonly number[] = [],
): string {
  return addConstant(draft, wanted, { type: 'float32', dims, data: Float32Array.from(data) });
}

/** A constant that is added once, however often it is asked for by this name; gives its name. */
export function sharedConstant(draft: Draft, wanted: string, tensor: Tensor): string {
  const known = draft.shared.get(wanted);
  if (known !== undefined) return known;
  const name = addConstant(draft, wanted, tensor);
  draft.shared.set(wanted, name);
  return name;
}

/** The sum of tensors that broadcast to the shape of one of them; a single one is its own sum. Gives its name. */
export function addUp(draft: Draft, tensors: readonly string[], wanted: string): string {
  return tensors.reduce((sum, tensor, i) => addNode(draft, 'Add', [sum, tensor], `${wanted}/${i}`));
}
