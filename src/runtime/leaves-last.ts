import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, shallow, viewGraph } from '../onnx/graph.ts';

/**
 * The graph with the nodes that no other reads at its end, the ones nearest to its inputs last. ONNX Runtime orders nodes by
 * going back depth first from such leaves, the last one first. A sum over a tensor inside the model is so computed as soon as the
 * tensor is there, while it is in the cache, and the tensor's memory is free for the next: as leaves behind all of the model
 * they would keep each tensor that they read until then.
 */
export function withLeavesLast(graph: GraphProto): GraphProto {
  const view = viewGraph({ graph });
  const isRead = (name: string) => view.uses.has(name) || view.captured.has(name);
  const leaves = graph.node.filter(({ output }) => !output.some(isRead));
  if (leaves.length < 2) return graph;
  const steps = stepsFromInputs(view);
  const isLeaf = new Set(leaves);
  const others = graph.node.filter((node) => !isLeaf.has(node));
  const farthestFirst = leaves.toSorted((a, b) => steps.get(b)! - steps.get(a)!);
  return shallow(graph, { node: [...others, ...farthestFirst] });
}

/** How many nodes lie on the longest way from an input or constant to each node, itself included. */
function stepsFromInputs({ graph, producers }: GraphView): Map<NodeProto, number> {
  const steps = new Map<NodeProto, number>();
  // What a node reads comes before it.
  for (const node of graph.node) {
    const before = node.input.map((name) => steps.get(producers.get(name)!) ?? 0);
    steps.set(node, 1 + Math.max(0, ...before));
  }
  return steps;
}
