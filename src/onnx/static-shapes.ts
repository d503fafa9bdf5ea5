import type { GraphProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { attributeOf, type GraphView, intAttribute, isStandard, shallow } from './graph.ts';
import { inlinedBranch } from './inline.ts';
import type { Names } from './names.ts';
import { makeTensor, readTensor } from './tensors.ts';

/** The dimensions of a tensor as far as they are known; null stands for a dynamic one. */
export type DimsOf = (tensor: string) => readonly (number | null)[] | undefined;

/**
 * What a graph makes of shapes that are known before it runs, as constants: Shape and Size of a tensor without dynamic
 * dimensions.
 *
 * @returns undefined where there is nothing of the kind
 */
export function withStaticShapes(graph: GraphProto, dimsOf: DimsOf): GraphProto | undefined {
  const constants: TensorProto[] = [];
  const replaced = new Set<NodeProto>();
  for (const node of graph.node) {
    if (!isStandard(node) || (node.opType !== 'Shape' && node.opType !== 'Size')) continue;
    const dims = dimsOf(node.input[0]);
    if (dims === undefined || dims.includes(null)) continue;
    const known = dims as readonly number[];
    const count = known.reduce((product, d) => product * d, 1);
    const values =
      node.opType === 'Size'
        ? [count]
        : known.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', known.length));
    const data = BigInt64Array.from(values, BigInt);
    constants.push(
      makeTensor(node.output[0], {
        type: 'int64',
        dims: node.opType === 'Size' ? [] : [values.length],
        data,
      }),
    );
    replaced.add(node);
  }
  if (replaced.size === 0) return undefined;
  return shallow(graph, {
    node: graph.node.filter((node) => !replaced.has(node)),
    initializer: [...graph.initializer, ...constants],
  });
}

/**
 * A graph in which every `If` whose condition is a constant is replaced by the branch that runs.
 *
 * @returns undefined where there is none
 */
export function withKnownBranches(graph: GraphProto, view: GraphView, names: Names): GraphProto | undefined {
  const isKnown = (node: NodeProto) => node.opType === 'If' && view.initializers.has(node.input[0]);
  if (!graph.node.some(isKnown)) return undefined;
  const changed = shallow(graph, { initializer: [...graph.initializer] });
  changed.node = graph.node.flatMap((node) => {
    if (!isKnown(node)) return [node];
    const condition = readTensor(view.initializers.get(node.input[0])!, node.name);
    const branch = attributeOf(node, Number(condition.data[0]) === 0 ? 'else_branch' : 'then_branch')?.g;
    return branch === undefined ? [node] : inlinedBranch(node, branch, changed, names);
  });
  return changed;
}
