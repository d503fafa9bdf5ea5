import type { Draft } from './draft.ts';
import { freshTensor, putNode } from './draft.ts';
import type { GraphProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { renamedNode } from './rename.ts';

/**
 * Drafts the nodes of another graph with the same inputs, with `prefix` before their names and those of the tensors
 * that they make; its initializers are added to `graph`, where those of the same name are taken to be the same.
 *
 * @param draft for the graph, which knows the names of the other one as well
 * @returns the name in `graph` of a tensor of the other graph
 */
export function mergeInto(
  graph: GraphProto,
  draft: Draft,
  other: GraphProto,
  prefix: string,
): (tensor: string) => string {
  const made = other.node.flatMap((node) => node.output.filter((name) => name !== ''));
  const names = new Map(made.map((name) => [name, freshTensor(draft, prefix + name)]));
  const rename = (name: string) => names.get(name) ?? name;
  // ONNX Runtime refuses two nodes of one name, but for the empty one.
  for (const node of other.node.map((each) => renamedNode(each, rename)))
    putNode(draft, node.name === '' ? node : shallow(node, { name: prefix + node.name }));
  const known = new Set(graph.initializer.map((t) => t.name));
  graph.initializer.push(...other.initializer.filter((t) => !known.has(t.name)));
  return rename;
}
