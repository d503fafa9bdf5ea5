import type { GraphProto, NodeProto } from './gen/onnx_pb.ts';
import { type GraphView, intAttribute, isStandard, shallow } from './graph.ts';
import { trains } from './random-operators.ts';

/**
 * The graph without nodes that give out what they read: Identity, a Dropout that does not train, a Cast to the type that
 * a tensor has. Their readers read what they read. One that names an output of the model gives that name to the node
 * before it where it can.
 *
 * @param typeOf ONNX's number of a tensor's element type, where it is known
 */
export function withoutPassing(
  { graph, ...view }: GraphView,
  typeOf: (tensor: string) => number | undefined,
): GraphProto {
  const renames = new Map<string, string>();
  const current = (name: string): string => {
    const next = renames.get(name);
    return next === undefined ? name : current(next);
  };
  const dropped = new Set<NodeProto>();
  for (const node of graph.node) {
    const [from, to] = [node.input[0], node.output[0]];
    if (!passes(node, { graph, ...view }, typeOf) || view.captured.has(to)) continue;
    if (!view.outputs.has(to)) {
      renames.set(to, from);
    } else {
      const source = current(from);
      const isOwn = !view.outputs.has(source) && !view.captured.has(source) && !view.captured.has(from);
      if (!isOwn || !view.producers.has(source)) continue;
      renames.set(source, to);
    }
    dropped.add(node);
  }
  if (dropped.size === 0) return graph;
  const node = graph.node
    .filter((each) => !dropped.has(each))
    .map((each) => shallow(each, { input: each.input.map(current), output: each.output.map(current) }));
  return shallow(graph, { node });
}

function passes(node: NodeProto, view: GraphView, typeOf: (tensor: string) => number | undefined): boolean {
  if (!isStandard(node)) return false;
  switch (node.opType) {
    case 'Identity':
      return true;
    case 'Dropout':
      return (node.output[1] ?? '') === '' && trains(node, (name) => view.initializers.get(name)) === false;
    case 'Cast':
      return intAttribute(node, 'to', -1) === typeOf(node.input[0]);
    default:
      return false;
  }
}
