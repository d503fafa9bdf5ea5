import type { GraphProto, NodeProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';

/** A node with other names for what it reads and makes, in bodies of If, Loop and Scan as well. */
export function renamedNode(node: NodeProto, name: (tensor: string) => string): NodeProto {
  return shallow(node, {
    input: node.input.map(name),
    output: node.output.map(name),
    attribute: node.attribute.map((a) =>
      a.g === undefined && a.graphs.length === 0
        ? a
        : shallow(a, {
            g: a.g && renamedGraph(a.g, name),
            graphs: a.graphs.map((g) => renamedGraph(g, name)),
          }),
    ),
  });
}

/** A graph with other names for what its nodes read and make; its inputs and initializers keep theirs. */
export function renamedGraph(graph: GraphProto, name: (tensor: string) => string): GraphProto {
  return shallow(graph, {
    node: graph.node.map((node) => renamedNode(node, name)),
    output: graph.output.map((o) => shallow(o, { name: name(o.name) })),
  });
}
