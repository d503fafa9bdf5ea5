import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import { fusesIntoNext } from './float-nodes.ts';
import type { Layer } from './layer.ts';

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

/** A graph to be quantized. */
export interface Placed {
  readonly view: GraphView;
  /** Those that compute with integers. */
  readonly layers: readonly Layer[];
  /** Whether a tensor is float32 and changes from sample to sample. */
  isActivation(name: string): boolean;
  /** Whether a node is to compute in floating point. */
  isFloat(node: NodeProto): boolean;
}

/** What layers read and, with `residualAdd`, both inputs of an Add of two activations. */
export function operatorInputs(
  { view, layers, isActivation, isFloat }: Placed,
  residualAdd: boolean,
): Map<string, Use[]> {
  const readers = new Set(layers.map((l) => l.node));
  if (residualAdd) {
    for (const node of view.graph.node) {
      if (isFloat(node)) continue;
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

/**
 * Every activation around the operators of a target, and the constants that they take like one. What an operator in
 * floating point makes goes on as it is to others of them, and onto its grid where an integer operator reads it; what
 * an integer operator makes is on its grid for all that read it.
 */
export function everyActivation(
  { view, isActivation, isFloat }: Placed,
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
    const isMoved = producer !== undefined && isMoving(producer) && isActivation(producer.input[0]);
    const alreadyOnGrid = isMoved && !isFloat(producer);
    if (!touched || alreadyOnGrid || fusesIntoNext(name, view, isFloat)) continue;
    const integerUses = uses.filter(({ node }) => !isFloat(node));
    const leavesOnGrid = producer === undefined ? integerUses.length > 0 : !isFloat(producer);
    if (leavesOnGrid) places.set(name, [...uses]);
    else if (integerUses.length > 0) places.set(name, integerUses);
  }
  for (const [name, tensor] of view.initializers) {
    if (tensor.dataType !== dataTypeOf('float32')) continue;
    const uses = (view.uses.get(name) ?? []).filter(
      (use) => handles(use.node) && isOperand(use) && !isFloat(use.node),
    );
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
