import { create } from '@bufbuild/protobuf';
import { type GraphProto, ValueInfoProtoSchema } from './gen/onnx_pb.ts';
import { collectReads, shallow, viewGraph } from './graph.ts';

/** Leaves an editable graph with the given outputs and what they are computed from; its inputs stay. */
export function onlyOutputs(graph: GraphProto, outputs: ReadonlySet<string>): void {
  const needed = new Set(outputs);
  const isNeeded = (node: GraphProto['node'][number]) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    collectReads(shallow(graph, { node: [node], output: [] }), needed);
    return true;
  };
  graph.node = graph.node.toReversed().filter(isNeeded).toReversed();
  graph.output = [...outputs].map((name) => create(ValueInfoProtoSchema, { name }));
  dropUnread(graph);
}

/** Drops the initializers that nothing reads: they would travel with every session for nothing. */
export function dropUnread(graph: GraphProto): void {
  const view = viewGraph({ graph });
  graph.initializer = graph.initializer.filter(
    (t) => view.uses.has(t.name) || view.captured.has(t.name) || view.outputs.has(t.name),
  );
}
