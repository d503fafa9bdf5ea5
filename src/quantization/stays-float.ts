import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard } from '../onnx/graph.ts';

const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);

/** Operators of ONNX that multiply, and that chips' int8 does not reach in this form. */
const UNREACHED: Readonly<Record<string, string>> = {
  Einsum: 'Einsum is computed in floating point: write it as MatMul and Transpose',
  Attention: 'the fused Attention is computed in floating point: export it as MatMul and Softmax',
  DeformConv: 'DeformConv is computed in floating point',
};

/** Parts of the names of operators outside of ONNX's own set that multiply, as ONNX Runtime's fused ones do. */
const MULTIPLIES = /Conv|MatMul|Gemm|Attention|Linear|Einsum|LSTM|GRU|RNN|MoE/;

/** Why the multiplications of a node stay in floating point; undefined for a layer, and for what does not multiply. */
export function staysFloat(node: NodeProto): string | undefined {
  const { opType, domain } = node;
  if (node.attribute.some(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]).some(multiplies)))
    return 'the bodies of control flow are passed through as they are';
  if (!isStandard(node)) {
    if (!MULTIPLIES.test(opType)) return undefined;
    return domain.startsWith('com.microsoft')
      ? `${opType} is an operator that ONNX Runtime made of others: give the model from before it was optimized`
      : `${opType} of ${domain} is no operator of ONNX`;
  }
  if (RECURRENT.has(opType)) return 'recurrent operators are not emulated';
  return Object.hasOwn(UNREACHED, opType) ? UNREACHED[opType] : undefined;
}

/** Whether a node or a body in it multiplies matrices. */
function multiplies({ node }: { readonly node: readonly NodeProto[] }): boolean {
  return node.some(
    (each) =>
      MULTIPLIES.test(each.opType) ||
      Object.hasOwn(UNREACHED, each.opType) ||
      each.attribute.some(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]).some(multiplies)),
  );
}
