import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { decodeBounded } from '../onnx/decode-bounded.ts';
import { TensorProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { isExternal, readTensor } from '../onnx/tensors.ts';
import { type Place, pathWithin } from '../paths.ts';
import { readWhole } from '../read-file.ts';
import { allOf } from './ahead.ts';
import type { Column } from './column.ts';
import { checkSampleSize } from './sample-size.ts';

const MAX_TENSOR_BYTES = 2 ** 28;

const naturalOrder = new Intl.Collator('en', { numeric: true }).compare;

/**
 * A folder of serialized ONNX tensors, one file per sample in natural order of their names (2.pb before 10.pb). A
 * folder of `test_data_set_*` folders, as ONNX's own model zoo has, gives `input_<position>.pb` of each.
 *
 * @param position which of the model's inputs the column feeds
 */
export async function openPbFolder(path: string, name: string, position: number): Promise<Column<Tensor>> {
  const entries = (await readdir(path)).sort(naturalOrder);
  const sets = entries.filter((entry) => entry.startsWith('test_data_set_'));
  const files =
    sets.length > 0
      ? sets.map((set) => join(set, `input_${position}.pb`))
      : entries.filter((entry) => entry.endsWith('.pb'));
  if (files.length === 0)
    throw new UserError(`${name} holds no .pb files and no test_data_set_* folders: check the path`);
  return pbColumn(path, name, files);
}

/** Serialized ONNX tensors in a folder as a column. */
export function pbColumn(folder: string, name: string, files: readonly string[]): Column<Tensor> {
  const place = { folder, root: folder };
  return {
    name,
    length: files.length,
    sampleNames: files,
    async *rows(from, to) {
      for (const file of files.slice(from, to)) yield readPb(place, file, `${name}: ${file}`);
    },
    files: (from, to) => allOf(files.slice(from, to), (file) => pathWithin(place, file)),
  };
}

async function readPb(place: Place, file: string, where: string): Promise<Tensor> {
  const path = await pathWithin(place, file);
  const bytes = await readWhole(path, MAX_TENSOR_BYTES).catch((error) => {
    throw new UserError(`${where} cannot be read (${messageOf(error)}): one file holds one sample`);
  });
  return parsePb(bytes, where);
}

/**
 * Parses one serialized TensorProto.
 *
 * @throws UserError when it is not one, or not a dense tensor of numbers
 */
export function parsePb(bytes: Uint8Array, where: string): Tensor {
  const tensor = parseMessage(bytes, where);
  if (isExternal(tensor))
    throw new UserError(`${where} keeps its values in another file: save the tensor with its values inside`);
  if (tensor.dims.some((d) => d < 0n))
    throw new UserError(`${where} has a negative dimension: save it again`);
  checkSampleSize(tensor.dims.map(Number), where);
  return readTensor(tensor, where);
}

function parseMessage(bytes: Uint8Array, where: string) {
  try {
    return decodeBounded(TensorProtoSchema, bytes);
  } catch (error) {
    throw new UserError(`${where} is not a serialized ONNX tensor (${messageOf(error)}): save it again`);
  }
}
