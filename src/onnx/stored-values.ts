import { type BigIntStats, closeSync, openSync, readSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';

/** Smaller values, as float32, are in memory whatever the size of the model: shapes and axes are looked at again and again. */
export const MIN_STORED_BYTES = 2 ** 16;

/** All values of a model as float32: each target has a few models with as many, and ONNX Runtime copies of them. */
export const MAX_IN_MEMORY_BYTES = 2 ** 24;

/** A file as it was when it was looked at first. */
export interface ValueFile {
  /** Absolute, without links. */
  readonly path: string;
  /** In messages. */
  readonly name: string;
  readonly size: number;
  /** Equal for the same file as long as nobody writes to it. */
  readonly state: string;
}

/** Values that lie in a file: bytes [offset, offset + length) of it. */
export interface StoredValues {
  readonly file: ValueFile;
  readonly offset: number;
  readonly length: number;
}

/** Values by what reads them: a copy that has the values themselves is never taken for one that has not. */
const byReader = new WeakMap<() => unknown, StoredValues>();

/**
 * Lets a field of a record read its values from their file, each time that it is asked for them: what is read is the
 * reader's own, and is kept by nobody.
 *
 * @param made makes the field of the bytes
 */
export function storeField<R extends object, K extends keyof R>(
  record: R,
  field: K,
  values: StoredValues,
  made: (bytes: Uint8Array<ArrayBuffer>) => R[K],
): R {
  const get = () => made(readStored(values));
  byReader.set(get, values);
  return Object.defineProperty(record, field, { get, enumerable: true, configurable: true });
}

/** The same of the bytes of a tensor. */
export function storeBytes<R extends { rawData: Uint8Array }>(tensor: R, values: StoredValues): R {
  return storeField(tensor, 'rawData', values, asTheyAre);
}

/** On its own: what is written where it is used keeps all that is in scope there. */
const asTheyAre = (bytes: Uint8Array<ArrayBuffer>) => bytes;

/** Where the values of a field lie; undefined where the record holds them. They are not read. */
export function storedIn<R extends object>(record: R, field: keyof R): StoredValues | undefined {
  const get = Object.getOwnPropertyDescriptor(record, field)?.get;
  return get && byReader.get(get);
}

/** @throws Error when it cannot be looked at */
export function storedFile(path: string, name: string): ValueFile {
  const found = statSync(path, { bigint: true });
  return { path, name, size: Number(found.size), state: stateOf(found) };
}

/** @throws UserError when the file is no longer what it was */
export function checkUnchanged({ path, name, state }: ValueFile): void {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined || stateOf(found) !== state) throw changed(name);
}

/** @throws UserError when the file is no longer what it was */
export function readStored({ file, offset, length }: StoredValues): Uint8Array<ArrayBuffer> {
  checkUnchanged(file);
  const descriptor = openSync(file.path, 'r');
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const read = readSync(descriptor, bytes, done, length - done, offset + done);
      if (read === 0) throw changed(file.name);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** Equal for the same file as long as nobody writes to it. */
function stateOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join(' ');
}

function changed(name: string): UserError {
  return new UserError(`${name} changed while it was in use: run again once nothing writes to it`);
}
