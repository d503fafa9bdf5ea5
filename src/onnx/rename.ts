import type { GraphProto, NodeProto } from './gen/onnx_pb.ts';
import { shallow, withBodies } from './graph.ts';

/** A node with other names for what it reads and makes, in bodies of If, Loop and Scan as well. */
export function renamedNode(node: NodeProto, name: (tensor: string) => string): NodeProto {
  return shallow(node, {
    input: node.input.map(name),
    output: node.output.map(name),
    attribute: withBodies(node.attribute, (body) => renamedGraph(body, name)),
  });
}

/** A graph with other names for what its nodes read and make; its inputs and initializers keep theirs. */
function renamedGraph(graph: GraphProto, name: (tensor: string) => string): GraphProto {
  return shallow(graph, {
    node: graph.node.map((node) => renamedNode(node, name)),
    output: graph.output.map((o) => shallow(o, { name: name(o.name) })),
  });
}
