import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, collectReads } from '../onnx/graph.ts';

/**
 * Most elements of tensors that are wanted at the same time while a graph runs in the order of its nodes: each from the node
 * that makes it to the last one that reads it. What ONNX Runtime needs for a run is about that, not all tensors together.
 *
 * @param sizes elements of tensors by their names; what is not in it counts nothing
 */
export function liveValues({ input, node, output }: GraphProto, sizes: ReadonlyMap<string, number>): number {
  const lastRead = new Map<string, number>();
  for (const [place, each] of node.entries()) for (const tensor of readsOf(each)) lastRead.set(tensor, place);
  for (const { name } of output) lastRead.set(name, node.length);
  const live = new Set<string>();
  let values = 0;
  const begin = (tensor: string) => {
    if (live.has(tensor)) return;
    live.add(tensor);
    values += sizes.get(tensor) ?? 0;
  };
  const end = (tensor: string) => {
    if (live.delete(tensor)) values -= sizes.get(tensor) ?? 0;
  };
  for (const { name } of input) begin(name);
  let most = values;
  for (const [place, each] of node.entries()) {
    each.output.forEach(begin);
    most = Math.max(most, values);
    for (const tensor of [...readsOf(each), ...each.output])
      if ((lastRead.get(tensor) ?? place) === place) end(tensor);
  }
  return most;
}

/** What a node and the graphs in it read. */
function readsOf(node: NodeProto): Set<string> {
  const reads = new Set(node.input);
  for (const body of bodiesOf(node)) collectReads(body, reads);
  return reads;
}
