import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, isStandard } from '../onnx/graph.ts';
import { multiplies } from './multiplications.ts';

const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);

/** Operators of ONNX that multiply, and that chips' int8 does not reach in this form. */
const UNREACHED: Readonly<Record<string, string>> = {
  Einsum: 'Einsum is computed in floating point: write it as MatMul and Transpose',
  Attention: 'the fused Attention is computed in floating point: export it as MatMul and Softmax',
  DeformConv: 'DeformConv is computed in floating point',
};

/** Parts of the names of operators outside of ONNX's own set that multiply, as ONNX Runtime's fused ones do. */
const MULTIPLIES = /Conv|MatMul|Gemm|Attention|^Linear|Einsum|LSTM|GRU|RNN|MoE/;

/** Why the multiplications of a node stay in floating point; undefined for a layer, and for what does not multiply. */
export function staysFloat(node: NodeProto): string | undefined {
  const { opType, domain } = node;
  if (bodiesOf(node).length > 0)
    return multiplies(node) ? 'the bodies of control flow are passed through as they are' : undefined;
  if (!isStandard(node)) {
    if (!MULTIPLIES.test(opType)) return undefined;
    return domain.startsWith('com.microsoft')
      ? `${opType} is an operator that ONNX Runtime made of others: give the model from before it was optimized`
      : `${opType} of ${domain} is no operator of ONNX`;
  }
  if (RECURRENT.has(opType)) return 'recurrent operators are not emulated';
  return Object.hasOwn(UNREACHED, opType) ? UNREACHED[opType] : undefined;
}
