import { create } from '@bufbuild/protobuf';
import { dropUnread } from '../emulation/emulated-model.ts';
import { type GraphProto, ValueInfoProtoSchema } from './gen/onnx_pb.ts';
import { collectReads, shallow } from './graph.ts';

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
