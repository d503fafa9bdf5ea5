import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, bodiesOf, intAttribute, textAttribute } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** Sizes of a tensor; null where one is not known. Undefined where not even the rank is. */
type Dims = readonly (number | null)[] | undefined;
/** What it takes to count: the shapes of a node's tensors. */
interface Shapes {
  readonly node: NodeProto;
  dimsOf(name: string | undefined): Dims;
}
/** Multiply-accumulates of a node; undefined where shapes are not known. */
type Count = (shapes: Shapes) => number | undefined;

/** By operator, of ONNX and of ONNX Runtime's own set. */
const counts: Readonly<Record<string, Count>> = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  ConvInteger: convolution(1),
  DeformConv: convolution(1),
  QLinearConv: convolution(3),
  ConvTranspose: ({ node, dimsOf }) =>
    product(size(dimsOf(node.input[0])), size(dimsOf(node.input[1])?.slice(1))),
  Gemm: gemm,
  FusedGemm: gemm,
  MatMul: matMul(1),
  FusedMatMul: matMul(1),
  MatMulInteger: matMul(1),
  MatMulIntegerToFloat: matMul(1),
  DynamicQuantizeMatMul: matMul(1),
  QLinearMatMul: matMul(3),
  MatMulNBits: ({ node, dimsOf }) => product(size(dimsOf(node.output[0])), intAttribute(node, 'K', 0)),
  Einsum: einsum,
  Attention: (shapes) =>
    shapes.node.domain === 'com.microsoft' ? fusedAttention(shapes) : attention(shapes),
  MultiHeadAttention: headAttention,
  GroupQueryAttention: () => undefined,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

/** Whether an operator's work is multiplications; that of a body is what is in it. */
export function multiplies(node: NodeProto): boolean {
  return Object.hasOwn(counts, node.opType) || bodiesOf(node).some((body) => body.node.some(multiplies));
}

/**
 * Multiply-accumulates of a node of the main graph: of one sample where the model's first dimension is dynamic, else of
 * one run. 0 for operators that are not counted; undefined where shapes are not known, as inside of bodies.
 */
export function multiplicationsOf(model: LoadedModel, node: NodeProto): number | undefined {
  const count = Object.hasOwn(counts, node.opType) ? counts[node.opType] : undefined;
  if (count === undefined) return multiplies(node) ? undefined : 0;
  const isSequence = count === recurrent && intAttribute(node, 'layout', 0) === 0;
  // What is open in the first place of a tensor is the batch only where it is open in that of an input.
  const isBatched = isSequence || model.inputs.some(({ dims }) => dims[0] === null);
  // Sequences come before samples in recurrent operators.
  const batch = isSequence ? 1 : 0;
  const dimsOf = (name = ''): Dims => {
    const { initializers, graph } = model.view;
    const sparse = graph.sparseInitializer.find(({ values }) => values?.name === name);
    const constant = initializers.get(name) ?? sparse;
    if (constant !== undefined) return constant.dims.map(Number);
    const dims = model.tensors.get(name)?.dims;
    // No dimensions may be a scalar or an unknown rank.
    if (dims === undefined || dims.length === 0) return undefined;
    return dims.map((d, axis) => (d === null && axis === batch && isBatched ? 1 : d));
  };
  return count({ node, dimsOf });
}

function product(...factors: readonly (number | null | undefined)[]): number | undefined {
  return factors.reduce<number | undefined>(
    (all, factor) =>
      all === undefined || factor === null || factor === undefined ? undefined : all * factor,
    1,
  );
}

function size(dims: Dims): number | undefined {
  return dims === undefined ? undefined : product(...dims);
}

/** Each output value is a sum over the channels of its group and the kernel, which is all of a weight but its first axis. */
function convolution(weight: number): Count {
  return ({ node, dimsOf }) =>
    product(size(dimsOf(node.output[0])), size(dimsOf(node.input[weight])?.slice(1)));
}

function gemm({ node, dimsOf }: Shapes): number | undefined {
  return product(
    size(dimsOf(node.output[0])),
    dimsOf(node.input[0])?.at(intAttribute(node, 'transA', 0) ? 0 : 1),
  );
}

function matMul(second: number): Count {
  return ({ node, dimsOf }) => {
    const [a, b] = [dimsOf(node.input[0]), dimsOf(node.input[second])];
    const inner = a?.at(intAttribute(node, 'transA', 0) ? -2 : -1);
    // Two vectors make a scalar.
    return a?.length === 1 && b?.length === 1 ? product(inner) : product(size(dimsOf(node.output[0])), inner);
  };
}

/** Each combination of all indices is one product of all operands; a single operand is only summed. */
function einsum({ node, dimsOf }: Shapes): number | undefined {
  const [left] = textAttribute(node, 'equation', '').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (terms.length !== node.input.length || left.includes('.')) return undefined;
  const sizes = new Map<string, number | null | undefined>();
  for (const [i, term] of terms.entries()) {
    const dims = dimsOf(node.input[i]);
    for (const [axis, index] of [...term].entries()) {
      const known = sizes.get(index);
      // A dimension of 1 may stand for the other's.
      if (!sizes.has(index) || known === 1) sizes.set(index, dims?.[axis]);
    }
  }
  return product(terms.length - 1, ...sizes.values());
}

/** Attention of opset 23: queries times keys, and their weights times values. */
function attention({ node, dimsOf }: Shapes): number | undefined {
  const [q, k, v] = node.input.slice(0, 3).map(dimsOf);
  const past = node.input[4] ? dimsOf(node.input[4])?.at(2) : 0;
  if (q?.length === 4 && k?.length === 4) {
    const length = sum(k[2], past);
    return product(q[0], q[1], q[2], length, sum(q[3], v?.[3]));
  }
  if (q?.length !== 3 || k?.length !== 3) return undefined;
  const repeats = intAttribute(node, 'q_num_heads', 1) / intAttribute(node, 'kv_num_heads', 1);
  return product(q[0], q[1], sum(k[1], past), sum(q[2], product(v?.[2], repeats)));
}

/** com.microsoft's, which projects its input to queries, keys and values first. */
function fusedAttention({ node, dimsOf }: Shapes): number | undefined {
  const [input, weight] = node.input.slice(0, 2).map(dimsOf);
  if (input?.length !== 3 || weight?.length !== 2 || node.input[4]) return undefined;
  const sizes = attributeOf(node, 'qkv_hidden_sizes')?.ints.map(Number);
  const third = product(weight[1], 1 / 3);
  const perPair = sum(sizes?.[0] ?? third, sizes?.[2] ?? third);
  return sum(product(...input, weight[1]), product(input[0], input[1], input[1], perPair));
}

/** com.microsoft's without projections; packed queries, keys and values are not counted. */
function headAttention({ node, dimsOf }: Shapes): number | undefined {
  const [q, k, v] = node.input.slice(0, 3).map(dimsOf);
  if (q?.length !== 3 || k?.length !== 3 || v?.length !== 3 || node.input[6]) return undefined;
  return product(q[0], q[1], k[1], sum(q[2], v[2]));
}

/** All weights once for each step of each sample. */
function recurrent({ node, dimsOf }: Shapes): number | undefined {
  const [x, w, r] = node.input.slice(0, 3).map(dimsOf);
  return product(x?.[0], x?.[1], sum(size(w), size(r)));
}

function sum(...terms: readonly (number | null | undefined)[]): number | undefined {
  return terms.reduce<number | undefined>(
    (all, term) => (all === undefined || term === null || term === undefined ? undefined : all + term),
    0,
  );
}
