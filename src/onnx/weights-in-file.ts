import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { allTensors } from './external-data.ts';
import { type ModelProto, ModelProtoSchema } from './gen/onnx_pb.ts';
import { keepBytes } from './kept-weights.ts';
import { MAX_IN_MEMORY_BYTES, MIN_STORED_BYTES, storeBytes } from './stored-values.ts';
import { bytesAsFloat32, isExternal } from './tensors.ts';

/**
 * The model with its large tensors in a temporary file, if all that it has itself is too much for memory. They are read
 * tensor by tensor when they are asked for, and ONNX Runtime maps the file. It is a copy, since whoever writes to a mapped file
 * ends the process.
 *
 * @param model as it was decoded from `bytes`, of whose tensors it is rid afterwards
 * @throws UserError when there is no room for the file
 */
export function withWeightsInFile(
  model: ModelProto,
  bytes: Uint8Array,
  mostInMemory = MAX_IN_MEMORY_BYTES,
): ModelProto {
  const tensors = allTensors(model);
  const sizes = tensors.map((tensor) =>
    isExternal(tensor) ? 0 : bytesAsFloat32(tensor.rawData.length, tensor.dataType),
  );
  const isLarge = (place: number) => sizes[place] >= MIN_STORED_BYTES;
  if (sizes.reduce((sum, size) => sum + size, 0) <= mostInMemory || !sizes.some((_, i) => isLarge(i)))
    return model;
  const { file } = keepBytes(bytes);
  const places = tensors.map((tensor, i) => {
    if (!isLarge(i)) return undefined;
    const { byteOffset, length } = tensor.rawData;
    tensor.rawData = new Uint8Array();
    return { file, offset: byteOffset - bytes.byteOffset, length };
  });
  // Every field of bytes is a view that would keep all of them.
  const bare = fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, model));
  allTensors(bare).forEach((tensor, i) => {
    const values = places[i];
    if (values !== undefined) storeBytes(tensor, values);
  });
  return bare;
}
