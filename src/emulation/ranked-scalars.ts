import { type Draft, freshTensor } from '../onnx/draft.ts';
import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard, shallow } from '../onnx/graph.ts';
import type { TensorType } from '../runtime/infer-types.ts';

/** Each value by itself, from the first tensor. */
const UNARY = new Set([
  'Abs', 'Cast', 'Ceil', 'Clip', 'DequantizeLinear', 'Floor', 'Neg', 'QuantizeLinear', 'Relu', 'Round', 'Sign', 'Sqrt',
]); // biome-ignore format: a list
/** Each value by itself, from tensors that are spread to one shape. */
const SPREADING = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'Where',
]); // biome-ignore format: a list

/** Tensors that end in a dimension of 1, by name: how many dimensions they have. */
type Ranks = Map<string, number>;

/**
 * Gives drafted scalars as many dimensions as the tensor beside them where that ends in a dimension of 1: there ONNX Runtime
 * 1.30 takes 40 times as long for a scalar, value by value. The results are the same bits.
 *
 * @param draft its constants are still to be added
 * @param known shapes of tensors of the graph, as far as they are known
 */
export function rankScalars(
  graph: GraphProto,
  draft: Draft,
  known: Iterable<readonly [name: string, dims: TensorType['dims']]>,
): void {
  const ranks: Ranks = new Map();
  for (const [name, dims] of known) if (dims?.at(-1) === 1) ranks.set(name, dims.length);
  if (ranks.size === 0) return;
  const constants = new Map(draft.constants.map((each) => [each.name, each]));
  const rankOf = (name: string) => constants.get(name)?.dims.length;
  const nodes = graph.node.flatMap((node) => {
    const tensor = tensorOf(node, (name) => constants.has(name));
    return tensor === undefined ? [] : [{ node, tensor, made: node.output[0] }];
  });
  // What is drafted around a tensor of the model has its shape, be it before or behind it.
  for (const { node, tensor, made } of nodes.toReversed())
    if (node.input.every((name) => (rankOf(name) ?? 0) < (ranks.get(made) ?? 0)))
      copyRank(ranks, made, tensor);
  for (const { node, tensor, made } of nodes)
    if (node.input.every((name) => (rankOf(name) ?? 0) <= (ranks.get(tensor) ?? 0)))
      copyRank(ranks, tensor, made);
  const ranked = new Map<string, string>();
  for (const { node, tensor } of nodes) {
    const rank = ranks.get(tensor);
    if (rank === undefined || !SPREADING.has(node.opType)) continue;
    node.input = node.input.map((name) => {
      if (rankOf(name) !== 0) return name;
      const wanted = `${name}/in ${rank} dimensions`;
      if (!ranked.has(wanted)) {
        const fresh = freshTensor(draft, wanted);
        const dims = new Array<bigint>(rank).fill(1n);
        draft.constants.push(shallow(constants.get(name)!, { name: fresh, dims }));
        ranked.set(wanted, fresh);
      }
      return ranked.get(wanted)!;
    });
  }
}

/** The only tensor that a node reads which makes each value by itself; the rest are drafted constants. */
function tensorOf(node: NodeProto, isConstant: (name: string) => boolean): string | undefined {
  if (!isStandard(node)) return undefined;
  if (UNARY.has(node.opType)) return node.input[0];
  const others = SPREADING.has(node.opType) ? node.input.filter((name) => !isConstant(name)) : [];
  return new Set(others).size === 1 ? others[0] : undefined;
}

function copyRank(ranks: Ranks, from: string, to: string): void {
  const rank = ranks.get(from);
  if (rank !== undefined && !ranks.has(to)) ranks.set(to, rank);
}
