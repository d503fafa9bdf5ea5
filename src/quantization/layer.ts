import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, type GraphView, intAttribute, isStandard } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';

/** A weight tensor of a layer. */
export interface WeightUse {
  readonly name: string;
  readonly input: number;
  /** The dimension that counts output channels; null for a vector, which has none. */
  readonly axis: number | null;
}

/** A layer whose multiplications the target does with integers. */
export interface Layer {
  /** The node's name, or its operator and output where the exporter gave none. */
  readonly name: string;
  readonly op: string;
  readonly node: NodeProto;
  /** Names of the activations it reads. */
  readonly activations: readonly string[];
  readonly weight: WeightUse | undefined;
  readonly bias: { readonly name: string; readonly input: number } | undefined;
  readonly output: string;
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Whether a node is one that chips multiply with integers. */
export function isWeighted(node: NodeProto): boolean {
  return isStandard(node) && WEIGHTED.has(node.opType);
}

/**
 * The layer that a node is; undefined where what it reads is not float32.
 *
 * @param isActivation whether a tensor is one of float32 that changes from sample to sample
 */
export function layerOf(
  node: NodeProto,
  name: string,
  view: GraphView,
  isActivation: (name: string) => boolean,
): Layer | undefined {
  const weightInput = [1, 0].find((i) => view.initializers.has(node.input[i]));
  const activations = node.input.slice(0, 2).filter(isActivation);
  if (activations.length + (weightInput === undefined ? 0 : 1) < 2) return undefined;
  const weight = weightInput === undefined ? undefined : weightOf(node, weightInput, view);
  if (weightInput !== undefined && weight === undefined) return undefined;
  const biasName = node.input[2] ?? '';
  const bias =
    node.opType !== 'MatMul' && view.initializers.has(biasName) ? { name: biasName, input: 2 } : undefined;
  return { name, op: node.opType, node, activations, weight, bias, output: node.output[0] };
}

function weightOf(node: NodeProto, input: number, view: GraphView): WeightUse | undefined {
  const name = node.input[input];
  const tensor = view.initializers.get(name)!;
  if (tensor.dataType !== dataTypeOf('float32')) return undefined;
  return { name, input, axis: channelAxis(node, input, tensor.dims.length) };
}

/**
 * A weight on the left of a product has its output channels in its rows. One that is a stack of matrices has none that
 * are the same in each: integer kernels take one scale for it.
 */
function channelAxis(node: NodeProto, input: number, rank: number): number | null {
  if (rank < 2) return null;
  switch (node.opType) {
    case 'Conv':
      return 0;
    case 'ConvTranspose':
      return 1;
    case 'Gemm':
      return intAttribute(node, input === 1 ? 'transB' : 'transA', 0) === (input === 1 ? 1 : 0) ? 0 : 1;
    default:
      return rank > 2 ? null : input === 1 ? 1 : 0;
  }
}

/** Whether a Gemm multiplies its product or its bias by a factor. */
export function hasFactors(layer: Layer): boolean {
  return ['alpha', 'beta'].some((name) => (attributeOf(layer.node, name)?.f ?? 1) !== 1);
}

/**
 * A name of its own for every node of a graph to be shown by: the one in the file, or its operator and first output.
 * Some exporters give many nodes one name; the second of them gets `#2` behind it, and so on.
 */
export function nodeNames(graph: GraphProto): Map<NodeProto, string> {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  return new Map(
    graph.node.map((node) => {
      const name = node.name || `${node.opType}(${node.output.find((o) => o !== '') ?? ''})`;
      let count = counts.get(name) ?? 0;
      let shown: string;
      do {
        count++;
        shown = count === 1 ? name : `${name}#${count}`;
      } while (taken.has(shown));
      counts.set(name, count);
      taken.add(shown);
      return [node, shown];
    }),
  );
}
