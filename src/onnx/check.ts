import { UserError } from '../errors.ts';
import type { GraphProto, TensorProto } from './gen/onnx_pb.ts';
import { bodiesOf } from './graph.ts';
import { elementBytes, isExternal } from './tensors.ts';

/** Deeper nesting of If/Loop bodies than any exporter writes; a bound for hostile files. */
const MAX_DEPTH = 16;

/**
 * Checks that every tensor a node reads is an input, an initializer or the output of an earlier node of this
 * graph or an enclosing one, and that initializers hold the bytes their shape needs.
 *
 * @throws UserError naming the file, the node and the tensor
 */
export function checkGraph(
  graph: GraphProto,
  where: string,
  outer: ReadonlySet<string> = new Set(),
  depth = 0,
): void {
  if (depth > MAX_DEPTH) {
    throw new UserError(
      `${where}: subgraphs nest deeper than ${MAX_DEPTH}: this is not a model an exporter writes`,
    );
  }
  const known = new Set(outer);
  for (const input of graph.input) known.add(input.name);
  for (const tensor of graph.initializer) {
    checkInitializer(tensor, where);
    known.add(tensor.name);
  }
  for (const tensor of graph.sparseInitializer) known.add(tensor.values?.name ?? '');
  graph.node.forEach((node, index) => {
    const label = node.name || `${node.opType} #${index}`;
    for (const name of node.input) {
      if (name !== '' && !known.has(name)) {
        throw new UserError(
          `${where}: node "${label}" reads tensor "${name}", which no input, initializer or earlier node provides: export the model again`,
        );
      }
    }
    for (const body of bodiesOf(node)) checkGraph(body, where, known, depth + 1);
    for (const name of node.output) known.add(name);
  });
  for (const output of graph.output) {
    if (!known.has(output.name)) {
      throw new UserError(`${where}: output "${output.name}" is produced by no node: export the model again`);
    }
  }
}

/** ONNX Runtime's time to open a model grows with the square of its nodes: some minutes for so many. */
const MOST_NODES = 50_000;

/**
 * Checks that ONNX Runtime can be expected to open a graph at all.
 *
 * @throws UserError when it has too many nodes, those of bodies counted
 */
export function checkNodeCount(graph: GraphProto, where: string): void {
  const count = nodesOf(graph);
  if (count > MOST_NODES)
    throw new UserError(
      `${where} has ${count} nodes, at most ${MOST_NODES} are measured: export it without unrolling its loops`,
    );
}

function nodesOf({ node }: GraphProto): number {
  return node.reduce(
    (sum, each) => sum + 1 + bodiesOf(each).reduce((inner, body) => inner + nodesOf(body), 0),
    0,
  );
}

function checkInitializer(tensor: TensorProto, where: string): void {
  const bytes = elementBytes(tensor.dataType);
  if (bytes === undefined || isExternal(tensor) || tensor.rawData.length === 0) return;
  const count = tensor.dims.reduce((product, d) => product * Number(d), 1);
  if (count < 0 || tensor.rawData.length !== count * bytes) {
    throw new UserError(
      `${where}: initializer "${tensor.name}" holds ${tensor.rawData.length} bytes, its shape [${tensor.dims.join(', ')}] needs ${count * bytes}: the file is damaged`,
    );
  }
}
