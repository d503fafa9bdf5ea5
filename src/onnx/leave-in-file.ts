import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { allTensors } from './external-data.ts';
import { type ModelProto, ModelProtoSchema } from './gen/onnx_pb.ts';
import { MAX_IN_MEMORY_BYTES, MIN_STORED_BYTES, storeField, type ValueFile } from './stored-values.ts';
import { bytesAsFloat32 } from './tensors.ts';

/**
 * The model with its large tensors where they lie in its own file, if they are too much for memory together. They are read
 * tensor by tensor when they are asked for, and ONNX Runtime maps them.
 *
 * @param model as it was decoded from `bytes`; it is no longer used
 * @param bytes all of `file`
 */
export function leaveInFile(
  model: ModelProto,
  bytes: Uint8Array,
  file: ValueFile,
  mostInMemory = MAX_IN_MEMORY_BYTES,
): ModelProto {
  const tensors = allTensors(model);
  const sizes = tensors.map(({ rawData, dataType }) => bytesAsFloat32(rawData.length, dataType));
  if (sizes.reduce((sum, size) => sum + size, 0) <= mostInMemory) return model;
  const extents = tensors.map((tensor, i) => {
    const { byteOffset, length } = tensor.rawData;
    if (sizes[i] < MIN_STORED_BYTES) return undefined;
    tensor.rawData = new Uint8Array();
    return { file, offset: byteOffset - bytes.byteOffset, length };
  });
  // Every field of bytes is a view that would keep all of the file.
  const bare = fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, model));
  allTensors(bare).forEach((tensor, i) => {
    const values = extents[i];
    if (values !== undefined) storeField(tensor, 'rawData', values, (read) => read);
  });
  return bare;
}
