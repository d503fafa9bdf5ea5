import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, type GraphView, intAttribute, type Use } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Target } from '../targets/target.ts';

/** A weight tensor of a layer: `axis` is the one that counts output channels. */
export interface WeightUse {
  readonly name: string;
  readonly input: number;
  readonly axis: number;
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

/** Where a target quantizes a model. */
export interface Plan {
  readonly layers: readonly Layer[];
  /** Each quantized activation with the places that read its quantized form. */
  readonly activations: ReadonlyMap<string, readonly Use[]>;
  /** Layers with multiplications that stay in floating point, and why. */
  readonly notQuantized: readonly { readonly layer: string; readonly op: string; readonly why: string }[];
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);

/** They move values without changing them: what comes out lies on the grid of what went in. */
const MOVING = new Set([
  'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Gather', 'GatherElements', 'GatherND', 'Identity',
  'Dropout', 'MaxPool', 'DepthToSpace', 'SpaceToDepth', 'Expand', 'Tile', 'Pad',
]); // biome-ignore format: a list

/** Activation functions that every toolchain fuses into the layer before them. */
const FUSED = new Set(['Relu', 'Clip']);

/** Decides for every tensor of the main graph whether the target puts it on an integer grid. */
export function planFor(model: LoadedModel, target: Target): Plan {
  const { view } = model;
  const isActivation = (name: string) =>
    name !== '' && !view.initializers.has(name) && model.tensors.get(name)?.type === 'float32';
  const layers: Layer[] = [];
  const notQuantized: { layer: string; op: string; why: string }[] = [];
  const names = nodeNames(view.graph);
  for (const node of view.graph.node) {
    const name = names.get(node)!;
    if (RECURRENT.has(node.opType)) {
      notQuantized.push({ layer: name, op: node.opType, why: 'recurrent operators are not emulated' });
    } else if (node.attribute.some((a) => a.g !== undefined)) {
      notQuantized.push({
        layer: name,
        op: node.opType,
        why: 'the bodies of control flow are passed through as they are',
      });
    } else if (WEIGHTED.has(node.opType) && (node.domain === '' || node.domain === 'ai.onnx')) {
      const layer = layerOf(node, name, view, isActivation);
      if (layer === undefined)
        notQuantized.push({ layer: name, op: node.opType, why: 'its inputs are not float32' });
      else layers.push(layer);
    }
  }
  const activations =
    target.placement.kind === 'operator-inputs'
      ? operatorInputs(view, layers, isActivation, target.placement.residualAdd)
      : everyActivation(view, isActivation, target.placement.operators);
  return { layers, activations, notQuantized };
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

function layerOf(
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
  const rank = tensor.dims.length;
  const axes: Record<string, number> = {
    Conv: 0,
    ConvTranspose: 1,
    Gemm: intAttribute(node, input === 1 ? 'transB' : 'transA', 0) === (input === 1 ? 1 : 0) ? 0 : 1,
    MatMul: input === 1 ? rank - 1 : rank - 2,
  };
  return { name, input, axis: Math.max(axes[node.opType], 0) };
}

function operatorInputs(
  view: GraphView,
  layers: readonly Layer[],
  isActivation: (name: string) => boolean,
  residualAdd: boolean,
): Map<string, Use[]> {
  const readers = new Set(layers.map((l) => l.node));
  if (residualAdd) {
    for (const node of view.graph.node) {
      if (node.opType === 'Add' && node.input.every(isActivation)) readers.add(node);
    }
  }
  const places = new Map<string, Use[]>();
  for (const node of readers) {
    node.input.slice(0, 2).forEach((name, input) => {
      if (isActivation(name)) places.set(name, [...(places.get(name) ?? []), { node, input }]);
    });
  }
  return places;
}

function everyActivation(
  view: GraphView,
  isActivation: (name: string) => boolean,
  operators: ReadonlySet<string> | 'all',
): Map<string, Use[]> {
  const handles = (node: NodeProto | undefined) =>
    node !== undefined && (operators === 'all' || operators.has(node.opType));
  const places = new Map<string, Use[]>();
  const names = [...view.inputs.map((i) => i.name), ...view.graph.node.flatMap((n) => n.output)];
  for (const name of names.filter(isActivation)) {
    const uses = view.uses.get(name) ?? [];
    const producer = view.producers.get(name);
    const touched = handles(producer) || uses.some((u) => handles(u.node));
    const alreadyOnGrid = producer !== undefined && isMoving(producer) && isActivation(producer.input[0]);
    if (touched && !alreadyOnGrid && !fusesIntoNext(name, uses, view)) places.set(name, [...uses]);
  }
  return places;
}

function fusesIntoNext(name: string, uses: readonly Use[], view: GraphView): boolean {
  return (
    uses.length === 1 &&
    FUSED.has(uses[0].node.opType) &&
    uses[0].input === 0 &&
    !view.outputs.has(name) &&
    view.producers.has(name)
  );
}

/** Whether a node's data output lies on the grid of its first input. */
export function isMoving(node: NodeProto): boolean {
  return MOVING.has(node.opType) && !padsNonZero(node);
}

/** Zero is on every grid; another padding value, or reflection of it, is not known to be. */
function padsNonZero(node: NodeProto): boolean {
  if (node.opType !== 'Pad') return false;
  return (attributeOf(node, 'value')?.f ?? 0) !== 0 || (node.input[2] ?? '') !== '';
}
