import type { GraphProto, NodeProto } from './gen/onnx_pb.ts';
import { bodiesOf, collectReads, shallow } from './graph.ts';
import { RANDOM } from './random-operators.ts';

/** The part of a graph that depends on no input. */
export interface ConstantPart {
  readonly nodes: ReadonlySet<NodeProto>;
  /** What of it the rest of the graph reads or gives out, without initializers. */
  readonly read: readonly string[];
}

/**
 * Finds the nodes whose values depend on no input of the graph, whatever operators they are.
 *
 * @param isKept nodes that are to stay, and with them what is made of their outputs
 */
export function constantPart(graph: GraphProto, isKept: (node: NodeProto) => boolean): ConstantPart {
  const inputs = new Set(graph.input.map(({ name }) => name));
  const constants = new Set([
    '',
    ...graph.initializer.map((t) => t.name).filter((name) => !inputs.has(name)),
  ]);
  const nodes = new Set<NodeProto>();
  for (const node of graph.node) {
    if (isKept(node) || isRandom(node)) continue;
    if (![...node.input, ...bodiesOf(node).flatMap(capturedBy)].every((name) => constants.has(name)))
      continue;
    nodes.add(node);
    for (const name of node.output) constants.add(name);
  }
  const made = new Set([...nodes].flatMap((node) => node.output));
  const reads = new Set<string>();
  collectReads(shallow(graph, { node: graph.node.filter((node) => !nodes.has(node)) }), reads);
  return { nodes, read: [...reads].filter((name) => name !== '' && made.has(name)) };
}

/** What a body reads from the graphs around it. */
function capturedBy(body: GraphProto): string[] {
  const own = new Set(body.input.map(({ name }) => name));
  for (const { name } of body.initializer) own.add(name);
  for (const node of body.node) for (const name of node.output) own.add(name);
  const reads = new Set<string>();
  collectReads(body, reads);
  return [...reads].filter((name) => name !== '' && !own.has(name));
}

/** Whether a node, or one in its bodies, draws random values. */
export function isRandom(node: NodeProto): boolean {
  if (RANDOM.has(node.opType)) return true;
  return bodiesOf(node).some((body) => body.node.some(isRandom));
}
