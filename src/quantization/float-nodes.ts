import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView } from '../onnx/graph.ts';
import { nodeNames } from './layer.ts';

/** Activation functions that every toolchain fuses into the layer before them. */
const FUSED = new Set(['Relu', 'Clip']);

/** Whether a node is to compute in floating point. */
export type IsFloat = (node: NodeProto) => boolean;

/**
 * The nodes that are to compute in floating point: those of the given names, and a Relu or Clip that is fused into one.
 *
 * @param floats names as `nodeNames` gives them
 */
export function floatNodes(view: GraphView, floats: ReadonlySet<string>): IsFloat {
  if (floats.size === 0) return () => false;
  const found = new Set<NodeProto>();
  for (const [node, name] of nodeNames(view.graph)) {
    const before = view.producers.get(node.input[0] ?? '');
    const isFused = before !== undefined && found.has(before) && readsAlone(node.input[0], view) === node;
    if (floats.has(name) || (isFused && FUSED.has(node.opType))) found.add(node);
  }
  return (node) => found.has(node);
}

/** Whether a Relu or Clip takes a tensor before it leaves the operator that makes it, of the same arithmetic. */
export function fusesIntoNext(name: string, view: GraphView, isFloat: IsFloat): boolean {
  const [producer, reader] = [view.producers.get(name), readsAlone(name, view)];
  if (producer === undefined || reader === undefined) return false;
  return FUSED.has(reader.opType) && isFloat(producer) === isFloat(reader);
}

/** The node that alone reads a tensor, as its first input. */
export function readsAlone(name: string, view: GraphView): NodeProto | undefined {
  const uses = view.uses.get(name) ?? [];
  if (uses.length !== 1 || uses[0].input !== 0) return undefined;
  return view.outputs.has(name) || view.captured.has(name) ? undefined : uses[0].node;
}
