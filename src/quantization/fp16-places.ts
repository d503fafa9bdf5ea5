import { fromFloat16, toFloat16 } from '../numerics/float16.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, type GraphView, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Fp16Rules } from '../targets/target.ts';
import { boundsOf } from './bounds.ts';
import { nodeNames } from './layer.ts';
import type { Planned } from './planned.ts';
import { sightOf } from './sight.ts';

/** A tensor that an engine keeps in binary16. */
export interface Fp16Tensor {
  readonly name: string;
  /** The operator that makes it, as it is shown. */
  readonly layer: string;
  readonly op: string;
  /** How its values can do harm beyond the range of binary16: a Softmax does not see how deep they lie below others. */
  readonly beyond: 'never' | 'above' | 'both';
}

/** Where an engine that computes in FP16 what is not integer rounds to binary16. */
export interface Fp16Places {
  /** Where they are made, in the order of the graph. */
  readonly tensors: readonly Fp16Tensor[];
  /** Inputs of the model, and constants, with the places that read them rounded. */
  readonly inputs: ReadonlyMap<string, readonly Use[]>;
  readonly constants: ReadonlyMap<string, readonly Use[]>;
}

/** What they make of binary16 numbers are binary16 numbers: some of what they read, its negative, or integers. */
const EXACT = new Set([
  'Relu', 'Max', 'Min', 'Neg', 'Abs', 'Sign', 'Floor', 'Ceil', 'Round', 'Concat', 'Where', 'TopK', 'Pad', 'Trilu',
  'ReduceMax', 'ReduceMin', 'GlobalMaxPool', 'ScatterND', 'ScatterElements', 'Compress', 'ReverseSequence',
]); // biome-ignore format: a list

/** Their values lie in [−1, 1]. */
const BOUNDED = new Set(['Softmax', 'Sigmoid', 'HardSigmoid', 'Tanh', 'Erf', 'Sin', 'Cos', 'Softsign']);

/** What is computed from what they give out are sizes, no data: engines keep them exact. */
const SIZES = new Set(['Shape', 'Size']);

/** Inputs from this one on are parameters, which an engine combines or reads in float32. */
const PARAMETERS: Readonly<Record<string, number>> = {
  BatchNormalization: 1,
  Clip: 1,
  Resize: 1,
  Upsample: 1,
};

/**
 * Where a target rounds to binary16 as NVIDIA's TensorRT does with `--fp16`: sums are accumulated in float32, and what an
 * operator makes that is not integer is a binary16 tensor. What operators do inside is not rounded, so that a Softmax or a
 * LayerNormalization counts as one that computes in float32.
 *
 * - Inputs and outputs of the model are float32, and binary16 for the operators between them; a quantizer reads an input
 *   as it is.
 * - What an integer layer makes reaches a quantizer behind it as float32 where the rules fuse both into one kernel.
 * - Constants of operators that are not integer are rounded; biases of integer layers stay float32.
 * - What is computed from shapes alone, and in the bodies of If, Loop and Scan, is left as it is.
 */
export function fp16Places({ model, plan, units }: Planned, rules: Fp16Rules): Fp16Places {
  const { view } = model;
  const isFloat = (name: string) => model.tensors.get(name)?.type === 'float32';
  const isConstant = (name: string) => view.initializers.get(name)?.dataType === dataTypeOf('float32');
  const isIntegerUse = quantizedUses({ plan });
  const isQuantizedOnly = readByQuantizers(model, isIntegerUse);
  const integers = new Set(
    units.flatMap(({ node, reads }) =>
      node !== undefined && reads.length === node.input.filter(isFloat).length ? [node] : [],
    ),
  );
  const { scores, addends } = sightOf(model);
  const names = view.inputs.map(({ name }) => name);
  const data = new Set(names);
  // What quantizers read in float32, and what holds binary16 numbers.
  const bare = new Set(names.filter(isQuantizedOnly));
  const held = new Set<string>();
  const [inputs, constants] = [new Map<string, Use[]>(), new Map<string, Use[]>()];
  const tensors: Fp16Tensor[] = [];
  /** Notes what a node is to read rounded; says whether all that it reads are binary16 numbers then. */
  const readsHeld = (node: NodeProto) => {
    const first =
      isStandard(node) && Object.hasOwn(PARAMETERS, node.opType) ? PARAMETERS[node.opType] : Infinity;
    const areHeld = node.input.map((name, input) => {
      if (!isFloat(name) && !isConstant(name)) return true;
      if (integers.has(node) || bare.has(name) || isIntegerUse({ node, input })) return false;
      if (input >= first) return clipsToBinary16(node, view);
      const rounded = isConstant(name) ? constants : view.producers.has(name) ? undefined : inputs;
      rounded?.set(name, [...(rounded.get(name) ?? []), { node, input }]);
      return rounded !== undefined || held.has(name);
    });
    return areHeld.every(Boolean);
  };
  for (const [node, layer] of nodeNames(view.graph)) {
    const isOfData = bodiesOf(node).length > 0 || node.input.some((name) => data.has(name));
    if (!isOfData || (SIZES.has(node.opType) && isStandard(node))) continue;
    const canBeBare = commutes(node) ? bare.has(node.input[0]) : integers.has(node) && rules.fusesQuantizers;
    // Masks and one-hot vectors are large, and 0 and 1 are binary16 numbers.
    const isOfFlags = node.opType === 'Cast' && model.tensors.get(node.input[0])?.type === 'bool';
    const isExact = isMoving(node) || EXACT.has(node.opType) || isOfFlags || clipsToBinary16(node, view);
    const needsNone = readsHeld(node) && isStandard(node) && isExact;
    for (const name of node.output) {
      data.add(name);
      if (!isFloat(name)) continue;
      if (canBeBare && isQuantizedOnly(name)) {
        bare.add(name);
        continue;
      }
      held.add(name);
      const beyond =
        isStandard(node) && BOUNDED.has(node.opType)
          ? 'never'
          : scores.has(name) || addends.has(name)
            ? 'above'
            : 'both';
      if (!needsNone) tensors.push({ name, layer, op: node.opType, beyond });
    }
  }
  return { tensors, inputs, constants };
}

/** A Clip between binary16 numbers gives out these or what it reads. */
function clipsToBinary16(node: NodeProto, view: GraphView): boolean {
  if (node.opType !== 'Clip' || !isStandard(node)) return false;
  const { alpha, beta } = boundsOf(node, view)!;
  const bounds = [alpha, beta];
  return fromFloat16(toFloat16(bounds)).every((rounded, i) => rounded === bounds[i]);
}

/** Whether a place reads the quantized form of a tensor. */
function quantizedUses({ plan }: Pick<Planned, 'plan'>): (use: Use) => boolean {
  return ({ node, input }) =>
    plan.activations.get(node.input[input])?.some((use) => use.node === node && use.input === input) ?? false;
}

/** Quantizing may as well be done before them, and TensorRT does. */
function commutes(node: NodeProto): boolean {
  return isMoving(node) || (isStandard(node) && (node.opType === 'Relu' || node.opType === 'Clip'));
}

/** Whether nothing but quantizers reads a tensor, or what operators that commute with them make of it. */
function readByQuantizers(
  { view, tensors }: LoadedModel,
  isIntegerUse: (use: Use) => boolean,
): (tensor: string) => boolean {
  const known = new Map<string, boolean>();
  const isOnly = (name: string): boolean => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const uses = view.uses.get(name) ?? [];
    const isInside = uses.length > 0 && !view.outputs.has(name) && !view.captured.has(name);
    const result = isInside && uses.every(reads);
    known.set(name, result);
    return result;
  };
  const reads = ({ node, input }: Use): boolean => {
    if (isIntegerUse({ node, input }) || SIZES.has(node.opType)) return true;
    if (input !== 0 || !commutes(node)) return false;
    return node.output.every((name) => tensors.get(name)?.type !== 'float32' || isOnly(name));
  };
  return isOnly;
}
