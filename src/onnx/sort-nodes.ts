import type { GraphProto, NodeProto } from './gen/onnx_pb.ts';
import { collectReads, shallow } from './graph.ts';

/**
 * The graph with every node behind those that make what it reads, as ONNX asks and not every tool writes; the order of
 * the file is kept where it can be. Nodes of a circle stay where they are, for the check to name.
 */
export function inOrder(graph: GraphProto): GraphProto {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const sorted = new Set<NodeProto>();
  const entered = new Set<NodeProto>();
  for (const first of graph.node) {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (!entered.has(node)) {
        entered.add(node);
        for (const name of readsOf(graph, node)) {
          const producer = name === '' ? undefined : producers.get(name);
          if (producer !== undefined && !entered.has(producer)) stack.push(producer);
        }
      }
      if (stack.at(-1) !== node) continue;
      sorted.add(node);
      stack.pop();
    }
  }
  const node = [...sorted];
  return node.every((each, i) => each === graph.node[i]) ? graph : shallow(graph, { node });
}

/** What a node and the bodies in it read of the graph, the last one first. */
function readsOf(graph: GraphProto, node: NodeProto): string[] {
  const reads = new Set<string>();
  collectReads(shallow(graph, { node: [node], output: [] }), reads);
  return [...reads].reverse();
}
