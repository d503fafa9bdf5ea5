import { allFinite } from '../data/convert.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import type { GridRules, Placement, ResidualAdd } from '../targets/target.ts';
import { fusesIntoNext } from './float-nodes.ts';
import { roundedAt } from './fused-chains.ts';
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

/** What layers read, and of an Add of two activations what `residualAdd` says. */
export function operatorInputs(placed: Placed, residualAdd: ResidualAdd): Map<string, Use[]> {
  const { layers, isActivation } = placed;
  const adds = residualAdd === 'none' ? [] : residualAdds(placed);
  const summands = residualAdd === 'shortcut' ? summandsOf(adds, placed) : new Set<string>();
  const readers = new Set([...layers.map(({ node }) => node), ...adds]);
  const places = new Map<string, Use[]>();
  for (const node of readers) {
    node.input.slice(0, 2).forEach((name, input) => {
      if (isActivation(name) && !summands.has(name))
        places.set(name, [...(places.get(name) ?? []), { node, input }]);
    });
  }
  return places;
}

/** The nodes that add two activations with integers. */
function residualAdds({ view, isActivation, isFloat }: Placed): NodeProto[] {
  return view.graph.node.filter(
    (node) =>
      node.opType === 'Add' &&
      isStandard(node) &&
      !isFloat(node) &&
      node.input.every((name) => isActivation(name)),
  );
}

/** What a layer adds to as it leaves its accumulator, in place of being rounded before: of each Add the first that can. */
function summandsOf(adds: readonly NodeProto[], placed: Placed): Set<string> {
  return new Set(adds.flatMap(({ input }) => input.find((name) => isSummand(name, placed)) ?? []));
}

/** Whether a layer makes a tensor for one reader alone, by itself or with the Relu or Clip that is fused into it. */
function isSummand(name: string, { view, layers, isFloat }: Placed): boolean {
  const isOwn = view.uses.get(name)?.length === 1 && !view.outputs.has(name) && !view.captured.has(name);
  const producer = view.producers.get(name);
  if (!isOwn || producer === undefined) return false;
  const [before] = producer.input;
  const layer = fusesIntoNext(before, view, isFloat) ? view.producers.get(before) : producer;
  return layers.some(({ node }) => node === layer);
}

/**
 * Every activation around the operators of a target, and the constants that they take like one. What an operator in
 * floating point makes goes on as it is to others of them, and onto its grid where an integer operator reads it; what
 * an integer operator makes is on its grid for all that read it.
 */
export function everyActivation(
  { view, isActivation, isFloat }: Placed,
  { operators, rules }: Extract<Placement, { kind: 'every-activation' }>,
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
    if (!touched || alreadyOnGrid) continue;
    if (rules === undefined ? fusesIntoNext(name, view, isFloat) : roundedAt(name, view, rules) !== 'own')
      continue;
    const integerUses = uses.filter(({ node }) => !isFloat(node));
    const leavesOnGrid = producer === undefined ? integerUses.length > 0 : !isFloat(producer);
    if (leavesOnGrid) places.set(name, [...uses]);
    else if (integerUses.length > 0) places.set(name, integerUses);
  }
  for (const [name, tensor] of view.initializers) {
    if (tensor.dataType !== dataTypeOf('float32')) continue;
    const uses = (view.uses.get(name) ?? []).filter(
      (use) => handles(use.node) && (isOperand(use) || isHandedOn(use, rules)) && !isFloat(use.node),
    );
    // Infinity is a bound that never holds, and on no grid; only what is added may be the −∞ of a mask.
    const isAdded = uses.every(({ node }) => node.opType === 'Add');
    if (uses.length > 0 && (isAdded || holdsNumbersOnly(tensor))) places.set(name, uses);
  }
  return places;
}

function holdsNumbersOnly(tensor: TensorProto): boolean {
  return allFinite(readTensor(tensor, tensor.name));
}

/** What an operator without a grid of its own hands on of a constant lies on the constant's: rows of a table, say. */
function isHandedOn({ node, input }: Use, rules: GridRules | undefined): boolean {
  return input === 0 && isStandard(node) && (rules?.passing.has(node.opType) ?? false);
}

function isOperand({ node, input }: Use): boolean {
  const taken =
    isStandard(node) && Object.hasOwn(CONSTANT_OPERANDS, node.opType) ? CONSTANT_OPERANDS[node.opType] : [];
  return taken === 'all' || taken.includes(input);
}
