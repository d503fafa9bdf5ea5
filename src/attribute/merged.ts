import type { GraphProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';

/**
 * Puts the nodes of another graph with the same inputs into an editable one, under names of their own. Initializers of the
 * same name are taken to be the same.
 *
 * @param rename gives every tensor that `other` makes its name in `graph`
 */
export function mergeInto(graph: GraphProto, other: GraphProto, rename: (tensor: string) => string): void {
  const made = new Set(other.node.flatMap((node) => node.output.filter((name) => name !== '')));
  graph.node.push(...renamed(other, (name) => (made.has(name) ? rename(name) : name)).node);
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
