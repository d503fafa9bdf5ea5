import { UserError } from '../errors.ts';
import type { GraphProto, TensorProto } from './gen/onnx_pb.ts';
import { bodiesOf } from './graph.ts';
import { elementBytes, isExternal, shapeText } from './tensors.ts';

/** Deeper nesting of If/Loop bodies than any exporter writes; a bound for hostile files. */
const MAX_DEPTH = 16;

/**
 * Checks that every tensor a node reads is an input, an initializer or the output of an earlier node of this
 * graph or an enclosing one, and that tensors hold the values their shape needs.
 *
 * @throws UserError naming the file, the node and the tensor
 */
export function checkGraph(
  graph: GraphProto,
  where: string,
  outer: (tensor: string) => boolean = () => false,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) {
    throw new UserError(
      `${where}: subgraphs nest deeper than ${MAX_DEPTH}: this is not a model an exporter writes`,
    );
  }
  const own = new Set<string>();
  const knows = (name: string) => own.has(name) || outer(name);
  for (const input of graph.input) own.add(input.name);
  for (const tensor of graph.initializer) {
    checkTensor(tensor, `${where}: initializer "${tensor.name}"`);
    own.add(tensor.name);
  }
  for (const tensor of graph.sparseInitializer) own.add(tensor.values?.name ?? '');
  graph.node.forEach((node, index) => {
    const label = node.name || `${node.opType} #${index}`;
    for (const name of node.input) {
      if (name !== '' && !knows(name)) {
        throw new UserError(
          `${where}: node "${label}" reads tensor "${name}", which no input, initializer or earlier node provides: export the model again`,
        );
      }
    }
    for (const { t, tensors } of node.attribute)
      for (const tensor of t === undefined ? tensors : [t, ...tensors])
        checkTensor(tensor, `${where}: a tensor of node "${label}"`);
    for (const body of bodiesOf(node)) checkGraph(body, where, knows, depth + 1);
    for (const name of node.output) own.add(name);
  });
  for (const output of graph.output) {
    if (!knows(output.name)) {
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

/**
 * What a shape states is there, so that nothing makes room for values that no file holds.
 *
 * @param what the tensor, with its file
 */
function checkTensor(tensor: TensorProto, what: string): void {
  const bytes = elementBytes(tensor.dataType);
  const { rawData, dims } = tensor;
  const shape = shapeText(dims);
  if (dims.some((d) => d < 0n))
    throw new UserError(`${what} has shape ${shape}, and no size is negative: the file is damaged`);
  if (isExternal(tensor)) return;
  const count = dims.reduce((product, d) => product * Number(d), 1);
  const refuse = (holds: string, needed: number) => {
    const needs = Number.isSafeInteger(needed) ? needed : 'more than any file holds';
    return new UserError(`${what} holds ${holds}, its shape ${shape} needs ${needs}: the file is damaged`);
  };
  if (bytes !== undefined && rawData.length > 0) {
    if (rawData.length !== count * bytes) throw refuse(`${rawData.length} bytes`, count * bytes);
    return;
  }
  const values = listedValues(tensor);
  const fits = bytes === undefined ? count <= 8 * (rawData.length + values) : count === values;
  if (!fits) throw refuse(`${values} values`, count);
}

/** Values in the fields that hold them one by one. */
function listedValues(tensor: TensorProto): number {
  const { floatData, int32Data, int64Data, doubleData, uint64Data, stringData } = tensor;
  return [floatData, int32Data, int64Data, doubleData, uint64Data, stringData].reduce(
    (sum, { length }) => sum + length,
    0,
  );
}
