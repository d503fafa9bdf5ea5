import type { GraphProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';

/**
 * Puts the nodes of another graph with the same inputs into an editable one, with `prefix` before their names and
 * those of the tensors that they make. Initializers of the same name are taken to be the same.
 */
export function mergeInto(graph: GraphProto, other: GraphProto, prefix: string): void {
  const made = new Set(other.node.flatMap((node) => node.output.filter((name) => name !== '')));
  const rename = (name: string) => (made.has(name) ? prefix + name : name);
  // ONNX Runtime refuses two nodes of one name.
  graph.node.push(...renamed(other, rename).node.map((node) => shallow(node, { name: prefix + node.name })));
  const known = new Set(graph.initializer.map((t) => t.name));
  graph.initializer.push(...other.initializer.filter((t) => !known.has(t.name)));
}

/** With other names for what nodes read and make, in bodies of If, Loop and Scan as well. */
function renamed(graph: GraphProto, name: (tensor: string) => string): GraphProto {
  const node = graph.node.map((n) =>
    shallow(n, {
      input: n.input.map(name),
      output: n.output.map(name),
      attribute: n.attribute.map((a) =>
        a.g === undefined && a.graphs.length === 0
          ? a
          : shallow(a, { g: a.g && renamed(a.g, name), graphs: a.graphs.map((body) => renamed(body, name)) }),
      ),
    }),
  );
  return shallow(graph, { node, output: graph.output.map((o) => shallow(o, { name: name(o.name) })) });
}
