import { create } from '@bufbuild/protobuf';
import { type GraphProto, type NodeProto, ValueInfoProtoSchema } from './gen/onnx_pb.ts';
import { collectReads, shallow, viewGraph } from './graph.ts';

/** Leaves an editable graph with the given outputs and what they are computed from; its inputs stay. */
export function onlyOutputs(graph: GraphProto, outputs: ReadonlySet<string>): void {
  graph.node = neededNodes(graph, outputs);
  graph.output = [...outputs].map((name) => create(ValueInfoProtoSchema, { name }));
  dropUnread(graph);
}

/** A graph without the nodes that none of its outputs needs; their constants stay. */
export function withoutUnneeded(graph: GraphProto): GraphProto {
  const node = neededNodes(graph, new Set(graph.output.map(({ name }) => name)));
  return node.length === graph.node.length ? graph : shallow(graph, { node });
}

function neededNodes(graph: GraphProto, outputs: ReadonlySet<string>): NodeProto[] {
  const needed = new Set(outputs);
  const isNeeded = (node: NodeProto) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    collectReads(shallow(graph, { node: [node], output: [] }), needed);
    return true;
  };
  return graph.node.toReversed().filter(isNeeded).toReversed();
}

/** Drops the initializers that nothing reads: they would travel with every session for nothing. */
export function dropUnread(graph: GraphProto): void {
  const view = viewGraph({ graph });
  graph.initializer = graph.initializer.filter(
    (t) => view.uses.has(t.name) || view.captured.has(t.name) || view.outputs.has(t.name),
  );
}
