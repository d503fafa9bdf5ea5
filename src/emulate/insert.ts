import type { GraphProto, NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView, Use } from '../onnx/graph.ts';
import type { Piece } from './quantizer.ts';

/**
 * Puts a piece of graph behind tensors: `make(name, from, to)` builds what computes `to` from `from`.
 * Every reader listed for a tensor then reads `to`; a graph output keeps its name and takes the new value.
 *
 * `uses` are nodes of the graph that `view` was made from and that `graph` was copied from, in the same order.
 */
export function insertBehind(
  graph: GraphProto,
  view: GraphView,
  places: ReadonlyMap<string, readonly Use[]>,
  isOutputQuantized: boolean,
  make: (name: string, from: string, to: string) => Piece,
): void {
  const copies = new Map(view.graph.node.map((node, index) => [node, graph.node[index]]));
  const behind = new Map<NodeProto, NodeProto[]>();
  const first: NodeProto[] = [];
  const constants: TensorProto[] = [];
  for (const [name, uses] of places) {
    const producer = view.producers.get(name);
    const replacesOutput = isOutputQuantized && view.outputs.has(name) && producer !== undefined;
    const from = replacesOutput ? `${name}/float` : name;
    const to = replacesOutput ? name : `${name}/quantized`;
    if (replacesOutput) {
      const node = copies.get(producer)!;
      node.output = node.output.map((o) => (o === name ? from : o));
    } else {
      for (const use of uses) copies.get(use.node)!.input[use.input] = to;
    }
    const piece = make(name, from, to);
    constants.push(...piece.constants);
    const anchor = producer === undefined ? undefined : copies.get(producer)!;
    if (anchor === undefined) first.push(...piece.nodes);
    else behind.set(anchor, [...(behind.get(anchor) ?? []), ...piece.nodes]);
  }
  graph.node = [...first, ...graph.node.flatMap((node) => [node, ...(behind.get(node) ?? [])])];
  graph.initializer.push(...constants);
}
