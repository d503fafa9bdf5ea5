import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as Location,
  type ModelProto,
  StringStringEntryProtoSchema,
} from '../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../src/onnx/model.ts';

/** Writes a model into a folder as `model.onnx`, with all its weights one after the other in `weights.bin`; they leave the model. */
export function writeWithExternalData(folder: string, model: ModelProto): string {
  const data = join(folder, 'weights.bin');
  writeFileSync(data, '');
  let offset = 0;
  for (const weight of model.graph!.initializer) {
    const { rawData } = weight;
    appendFileSync(data, rawData);
    const entries = { location: 'weights.bin', offset: String(offset), length: String(rawData.length) };
    offset += rawData.length;
    weight.rawData = new Uint8Array();
    weight.dataLocation = Location.EXTERNAL;
    weight.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
  }
  writeFileSync(join(folder, 'model.onnx'), serializeModel(model));
  return join(folder, 'model.onnx');
}
