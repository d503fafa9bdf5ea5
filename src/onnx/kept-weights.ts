import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import type { Tensor, TensorData } from '../numerics/tensor.ts';
import type { TensorProto } from './gen/onnx_pb.ts';
import {
  MIN_STORED_BYTES,
  type StoredValues,
  storeBytes,
  storedFile,
  storedIn,
  storeField,
} from './stored-values.ts';
import { bytesAsFloat32 } from './tensors.ts';

/** Values with what is known of them: a tensor, or a weight with its grid. */
interface Valued<D extends TensorData = TensorData> {
  readonly data: D;
}

/**
 * What was computed of a constant: in memory where the constant is, and otherwise in a temporary file, from which it is
 * read each time that it is asked for.
 *
 * @throws UserError when there is no room for it
 */
export function keptLike<V extends Valued>(constant: TensorProto, made: V): V {
  return storedIn(constant, 'rawData') === undefined ? made : kept(made);
}

/** The same where the constant is such a value itself. */
export function keptWith<V extends Valued>(constant: Valued, made: V): V {
  return storedIn(constant, 'data') === undefined ? made : kept(made);
}

/** The same of a constant that replaces another one. */
export function rawKeptLike(constant: TensorProto, made: TensorProto): TensorProto {
  const { rawData, dataType } = made;
  if (storedIn(constant, 'rawData') === undefined) return made;
  return bytesAsFloat32(rawData.length, dataType) < MIN_STORED_BYTES
    ? made
    : storeBytes(made, keepBytes(rawData));
}

function kept<V extends Valued>(made: V): V {
  const { data, ...rest } = made;
  if (4 * data.length < MIN_STORED_BYTES) return made;
  const Values = data.constructor as new (buffer: ArrayBuffer) => TensorData;
  const values = keepBytes(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
  return storeField(rest as unknown as V, 'data', values, ({ buffer }) => new Values(buffer));
}

/** A float32 tensor of given values, which stay where they are. */
export function asTensor(given: Valued<Float32Array> & Pick<Tensor, 'dims'>): Tensor {
  const values = storedIn(given, 'data');
  const { dims } = given;
  if (values === undefined) return { type: 'float32', dims, data: given.data };
  const tensor = { type: 'float32', dims } as Tensor;
  return storeField(tensor, 'data', values, ({ buffer }) => new Float32Array(buffer));
}

/** Candidates come and go: what nothing refers to any more lies on disk for nothing. */
const files = new FinalizationRegistry<string>(remove);

/** Of this process, by the folder for temporary files that they lie in. */
const folders = new Map<string, string>();
let count = 0;

/**
 * Writes values to a temporary file of their own.
 *
 * @throws UserError when there is no room for them
 */
export function keepBytes(bytes: Uint8Array): StoredValues {
  const parent = tmpdir();
  let path: string | undefined;
  try {
    const folder = folders.get(parent) ?? newFolder(parent);
    path = join(folder, String(count++));
    writeFileSync(path, bytes, { flag: 'wx' });
    const file = storedFile(path, path);
    files.register(file, path);
    return { file, offset: 0, length: bytes.length };
  } catch (error) {
    if (path !== undefined) remove(path);
    throw new UserError(
      `weights cannot be kept in ${parent} (${messageOf(error)}): make room there, or set TMPDIR to another folder`,
    );
  }
}

/** It goes with the process; where that is killed, with the folder for temporary files that it was given. */
function newFolder(parent: string): string {
  const made = mkdtempSync(join(parent, 'quantgate-weights-'));
  process.once('exit', () => remove(made));
  folders.set(parent, made);
  return made;
}

/** What cannot be removed, such as a mapped file on Windows, changes no verdict. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It goes with the folder for temporary files.
  }
}
