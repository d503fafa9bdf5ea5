import { create } from '@bufbuild/protobuf';
import { type ModelProto, OperatorSetIdProtoSchema } from './gen/onnx_pb.ts';

/** ONNX Runtime's own domain: its QuantizeLinear works in models of any opset, and on 16 bits. */
export const CONTRIB = 'com.microsoft';

/** Lets a model use ONNX Runtime's own operators. */
export function importContrib(model: ModelProto): void {
  if (model.opsetImport.some((o) => o.domain === CONTRIB)) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
}
