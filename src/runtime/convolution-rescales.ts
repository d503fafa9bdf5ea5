import type { GraphProto, NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, makeNode, shallow, viewGraph } from '../onnx/graph.ts';
import { freshName, namesOf } from '../onnx/names.ts';
import { dataTypeOf, makeTensor, readTensor } from '../onnx/tensors.ts';

/** What a Conv makes times a factor and plus an addend, each one for all channels or one for each. */
interface Rescale {
  readonly mul: NodeProto;
  readonly add: NodeProto;
  readonly sums: string;
  readonly factors: TensorProto;
  readonly addends: TensorProto;
  readonly channels: number;
}

/**
 * The graph with a depthwise Conv of kernel 1 in place of a Mul and an Add of constants behind a Conv: the product is rounded
 * before the addend is added as before, so the values are the same bits, and ONNX Runtime's CPU keeps them in the blocks of
 * channels that it convolves in, where a Clip behind costs nothing. An elementwise operator would take it several times as
 * long, and the blocks taken apart before.
 */
export function withRescalingConvolutions(graph: GraphProto): GraphProto {
  const view = viewGraph({ graph });
  const rescales = new Map(
    graph.node.flatMap((node) => {
      const rescale = rescaleAt(node, view);
      return rescale === undefined ? [] : [[rescale.add, rescale] as const];
    }),
  );
  if (rescales.size === 0) return graph;
  const replaced = new Set([...rescales.values()].map(({ mul }) => mul));
  const names = namesOf(graph);
  const initializer = [...graph.initializer];
  const constant = (given: TensorProto, channels: number, dims: readonly number[]) => {
    const name = freshName(names.tensors, `${given.name}/by-channel`);
    const [first, ...others] = readTensor(given, name).data as Float32Array;
    const data =
      others.length > 0 ? Float32Array.of(first, ...others) : new Float32Array(channels).fill(first);
    initializer.push(makeTensor(name, { type: 'float32', dims, data }));
    return name;
  };
  const node = graph.node.flatMap((each) => {
    if (replaced.has(each)) return [];
    const rescale = rescales.get(each);
    if (rescale === undefined) return [each];
    const { sums, factors, addends, channels } = rescale;
    const inputs = [
      sums,
      constant(factors, channels, [channels, 1, 1, 1]),
      constant(addends, channels, [channels]),
    ];
    const conv = makeNode('Conv', inputs, each.output, { group: channels, kernel_shape: [1, 1] });
    return [shallow(conv, { name: freshName(names.nodes, conv.name) })];
  });
  return shallow(graph, { node, initializer });
}

function rescaleAt(add: NodeProto, view: GraphView): Rescale | undefined {
  const [product, addends] = operandsOf(add, 'Add', view) ?? [];
  const mul = product === undefined ? undefined : view.producers.get(product);
  if (mul === undefined || addends === undefined || !isReadOnce(product!, view)) return undefined;
  const [sums, factors] = operandsOf(mul, 'Mul', view) ?? [];
  const conv = sums === undefined ? undefined : view.producers.get(sums);
  if (conv === undefined || conv.opType !== 'Conv' || !isStandard(conv) || factors === undefined)
    return undefined;
  const channels = channelsOf(conv, view);
  if (channels === undefined) return undefined;
  const isOfChannels = ({ dims, dataType }: TensorProto) =>
    dataType === dataTypeOf('float32') && (dims.length === 0 || String(dims) === `${channels},1,1`);
  if (!isOfChannels(factors) || !isOfChannels(addends)) return undefined;
  return { mul, add, sums: sums!, factors, addends, channels };
}

/** What an operator of two operands makes of a tensor and a constant. */
function operandsOf(
  node: NodeProto,
  opType: string,
  { initializers, graph }: GraphView,
): [string, TensorProto] | undefined {
  if (node.opType !== opType || !isStandard(node)) return undefined;
  const [a, b] = node.input;
  const isFixed = (name: string) =>
    initializers.has(name) && !graph.input.some((input) => input.name === name);
  if (isFixed(b) && !initializers.has(a)) return [a, initializers.get(b)!];
  return isFixed(a) && !initializers.has(b) ? [b, initializers.get(a)!] : undefined;
}

function isReadOnce(tensor: string, { uses, outputs, captured }: GraphView): boolean {
  return uses.get(tensor)?.length === 1 && !outputs.has(tensor) && !captured.has(tensor);
}

/** The output channels of a Conv over pictures; undefined for another. */
function channelsOf(conv: NodeProto, { initializers }: GraphView): number | undefined {
  const dims = initializers.get(conv.input[1])?.dims;
  return dims?.length === 4 ? Number(dims[0]) : undefined;
}
