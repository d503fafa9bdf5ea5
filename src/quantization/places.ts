import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import type { Layer } from './layer.ts';

/** Activation functions that every toolchain fuses into the layer before them. */
const FUSED = new Set(['Relu', 'Clip']);

/** The inputs at which an operator takes a constant as it takes an activation, and that are quantized as one. */
const CONSTANT_OPERANDS: Readonly<Record<string, readonly number[] | 'all'>> = {
  Add: 'all',
  Sub: 'all',
  Mul: 'all',
  Div: 'all',
  Min: 'all',
  Max: 'all',
  Concat: 'all',
  PRelu: [1],
  LayerNormalization: [1],
  InstanceNormalization: [1],
  GroupNormalization: [1],
  RMSNormalization: [1],
};

/** A graph to be quantized, and which of its tensors are float32 and change from sample to sample. */
export interface Placed {
  readonly view: GraphView;
  readonly layers: readonly Layer[];
  isActivation(name: string): boolean;
}

/** What layers read and, with `residualAdd`, both inputs of an Add of two activations. */
export function operatorInputs(
  { view, layers, isActivation }: Placed,
  residualAdd: boolean,
): Map<string, Use[]> {
  const readers = new Set(layers.map((l) => l.node));
  if (residualAdd) {
    for (const node of view.graph.node) {
      if (node.opType === 'Add' && isStandard(node) && node.input.every(isActivation)) readers.add(node);
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

/** Every activation around the operators of a target, and the constants that they take like one. */
export function everyActivation(
  { view, isActivation }: Placed,
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
  for (const [name, tensor] of view.initializers) {
    if (tensor.dataType !== dataTypeOf('float32')) continue;
    const uses = (view.uses.get(name) ?? []).filter((use) => handles(use.node) && isOperand(use));
    // Infinity is a bound that never holds, and on no grid; only what is added may be the −∞ of a mask.
    const isAdded = uses.every(({ node }) => node.opType === 'Add');
    if (uses.length > 0 && (isAdded || holdsNumbersOnly(tensor))) places.set(name, uses);
  }
  return places;
}

function holdsNumbersOnly(tensor: TensorProto): boolean {
  return (readTensor(tensor, tensor.name).data as Float32Array).every(Number.isFinite);
}

function isOperand({ node, input }: Use): boolean {
  const taken =
    isStandard(node) && Object.hasOwn(CONSTANT_OPERANDS, node.opType) ? CONSTANT_OPERANDS[node.opType] : [];
  return taken === 'all' || taken.includes(input);
}

function fusesIntoNext(name: string, uses: readonly Use[], view: GraphView): boolean {
  return (
    uses.length === 1 &&
    FUSED.has(uses[0].node.opType) &&
    uses[0].input === 0 &&
    !view.outputs.has(name) &&
    !view.captured.has(name) &&
    view.producers.has(name)
  );
}
