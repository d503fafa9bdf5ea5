import { toBinary } from '@bufbuild/protobuf';
import { messageOf, UserError } from '../errors.ts';
import { checkGraph } from './check.ts';
import { decodeBounded } from './decode-bounded.ts';
import { checkFunctions } from './function-size.ts';
import { type ModelProto, ModelProtoSchema } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { inOrder } from './sort-nodes.ts';

/** The oldest operator set whose operators mean what the emulation assumes (BatchNormalization, Gemm, broadcasting). */
const OLDEST_OPSET = 7;
/** ONNX Runtime takes the last 32 bits of what is greater for it. */
const GREATEST_OPSET = 2 ** 31 - 1;

/**
 * Reads an ONNX model. Unknown fields are kept and written back; `raw_data` of weights stays a view into `bytes`.
 *
 * @param where the file name for messages
 * @throws UserError when the bytes are not a model, or the graph names tensors that nothing provides
 */
export function parseModel(bytes: Uint8Array, where: string): ModelProto {
  if (bytes.length === 0) {
    throw new UserError(`${where} is empty: export the model again, or fetch it if it is a Git LFS pointer`);
  }
  const model = decode(bytes, where);
  const opset = opsetOf(model);
  if (model.graph === undefined || model.graph.node.length === 0 || opset === undefined) {
    throw new UserError(`${where} is not an ONNX model (no graph or no operator set): check the path`);
  }
  if (opset < OLDEST_OPSET || opset > GREATEST_OPSET) {
    throw new UserError(
      `${where} uses ONNX opset ${opset}: export it again with opset ${OLDEST_OPSET} or a newer one that there is`,
    );
  }
  const sorted = shallow(model, { graph: inOrder(model.graph) });
  checkGraph(sorted.graph!, where);
  checkFunctions(sorted, where);
  return sorted;
}

export function serializeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** The version of the default ONNX operator set that the model imports. */
export function opsetOf(model: ModelProto): number | undefined {
  const entry = model.opsetImport.find((o) => o.domain === '' || o.domain === 'ai.onnx');
  return entry === undefined ? undefined : Number(entry.version);
}

function decode(bytes: Uint8Array, where: string): ModelProto {
  const pointer = 'version https://git-lfs';
  if (new TextDecoder().decode(bytes.subarray(0, pointer.length)) === pointer) {
    throw new UserError(
      `${where} is a Git LFS pointer, not a model: check out with LFS (actions/checkout: lfs: true)`,
    );
  }
  try {
    return decodeBounded(ModelProtoSchema, bytes);
  } catch (error) {
    throw new UserError(
      `${where} is truncated or not an ONNX model (${messageOf(error)}): export or fetch it again`,
    );
  }
}
