import type { GraphProto } from './gen/onnx_pb.ts';
import { bodiesOf } from './graph.ts';

/**
 * The names that a model has, those in bodies of If, Loop and Scan included: a body sees the tensors around it. Tensors
 * and nodes have a namespace each.
 */
export interface Names {
  readonly tensors: Set<string>;
  readonly nodes: Set<string>;
}

/** Every name in these graphs: of inputs, outputs, initializers, values that they state or make, and nodes. */
export function namesOf(...graphs: readonly GraphProto[]): Names {
  const names: Names = { tensors: new Set(), nodes: new Set() };
  for (const graph of graphs) collectNames(graph, names);
  return names;
}

/**
 * A name that nothing has: `wanted` itself where it is free, and with the first free number behind it otherwise. It is
 * taken from now on. Every name that is put into a user's graph is made here.
 */
export function freshName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}~${number}`;
  taken.add(name);
  return name;
}

function collectNames(graph: GraphProto, { tensors, nodes }: Names): void {
  const { input, output, valueInfo, initializer, sparseInitializer } = graph;
  for (const { name } of [...input, ...output, ...valueInfo, ...initializer]) tensors.add(name);
  for (const { values } of sparseInitializer) tensors.add(values?.name ?? '');
  for (const node of graph.node) {
    nodes.add(node.name);
    for (const name of [...node.input, ...node.output]) tensors.add(name);
    for (const body of bodiesOf(node)) collectNames(body, { tensors, nodes });
  }
}
