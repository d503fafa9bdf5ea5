import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { QdqRules } from '../targets/target.ts';
import { nbitsModel } from './nbits-model.ts';
import { qdqModel } from './qdq-model.ts';

/** The quantized model as a target's tools take it, or why it cannot be written. */
export function deliveredModel(
  quantized: Quantized,
  rules: QdqRules,
): { readonly model: ModelProto } | { readonly obstacle: string } {
  return rules.operator === undefined ? qdqModel(quantized, rules) : { model: nbitsModel(quantized) };
}
