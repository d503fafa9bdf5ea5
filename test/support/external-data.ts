import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as Location,
  type ModelProto,
  StringStringEntryProtoSchema,
} from '../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../src/onnx/model.ts';

/** The model as bytes whose first weight is in a file of its own, and the bytes of that. */
export function externalized(model: ModelProto, location: string): { model: Uint8Array; data: Uint8Array } {
  const [weight] = model.graph!.initializer;
  const data = Uint8Array.from(weight.rawData);
  weight.rawData = new Uint8Array();
  weight.dataLocation = Location.EXTERNAL;
  const entries = { location, offset: '0', length: String(data.length) };
  weight.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  return { model: serializeModel(model), data };
}
