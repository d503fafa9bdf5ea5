import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';
import { arrayOf, elementCount, type Tensor } from '../numerics/tensor.ts';
import { ahead, readAtOnce } from './ahead.ts';
import type { Column } from './column.ts';
import { MAX_HEADER_BYTES, type NpyHeader, parseNpyHeader } from './npy-header.ts';
import { checkSampleSize } from './sample-size.ts';

/** Rows are read together up to this many bytes: fewer system calls for small rows. */
const CHUNK_BYTES = 2 ** 20;
const MAX_EMPTY_ROWS = 2 ** 24;

/**
 * The rows of a .npy file along its first axis, as tensors of the other axes. Only the rows asked for are read.
 *
 * @throws UserError when the file is not a plain numeric array with at least one axis, or its size does not fit its shape
 */
export async function openNpy(path: string, name: string): Promise<Column<Tensor>> {
  const header = await withFile(path, name, async (file) => {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, MAX_HEADER_BYTES));
    await readFully(file, bytes, 0, name);
    return checkedHeader(bytes, size, name);
  });
  const [length] = header.shape as [number, ...number[]];
  return {
    name,
    length,
    rows: (from, to) => readRows({ path, name }, header, from, to),
    files: async () => [path],
  };
}

/**
 * The header of a .npy file, whose shape its size must fit.
 *
 * @param bytes the first of the file
 * @param fileBytes of all of the file
 * @throws UserError
 */
export function checkedHeader(bytes: Uint8Array, fileBytes: number, name: string): NpyHeader {
  const parsed = parseNpyHeader(bytes, name);
  checkShape(parsed, fileBytes, name);
  return parsed;
}

function checkShape({ shape, type, offset }: NpyHeader, fileBytes: number, name: string): void {
  const rowBytes = elementCount(shape.slice(1)) * arrayOf(type).BYTES_PER_ELEMENT;
  const described = `shape (${shape.join(', ')}) of ${type}`;
  if (shape.length === 0) throw new UserError(`${name} is a scalar: its first axis must count the samples`);
  checkSampleSize(shape.slice(1), name);
  // Samples without values, such as a decoder's empty past, take no bytes that would bound their number.
  if (rowBytes === 0 && shape[0] > MAX_EMPTY_ROWS)
    throw new UserError(`${name} has ${described}: samples without values are ${MAX_EMPTY_ROWS} at most`);
  if (fileBytes - offset !== shape[0] * rowBytes)
    throw new UserError(
      `${name} holds ${fileBytes - offset} bytes of values, ${described} needs ${shape[0] * rowBytes}: save it again`,
    );
}

async function* readRows(
  { path, name }: { readonly path: string; readonly name: string },
  { shape, type, bigEndian, offset }: NpyHeader,
  from: number,
  to: number,
): AsyncGenerator<Tensor> {
  const dims = shape.slice(1);
  const Values = arrayOf(type);
  const count = elementCount(dims);
  const rowBytes = count * Values.BYTES_PER_ELEMENT;
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(rowBytes, 1)));
  const file = await open(path);
  const readChunk = async (start: number) => {
    const rows = Math.min(chunkRows, to - start);
    const bytes = new Uint8Array(rows * rowBytes);
    await readFully(file, bytes, offset + start * rowBytes, name);
    if (bigEndian) swapBytes(bytes, Values.BYTES_PER_ELEMENT);
    return { rows, values: new Values(bytes.buffer) };
  };
  const starts = Array.from({ length: Math.ceil((to - from) / chunkRows) }, (_, i) => from + i * chunkRows);
  try {
    for await (const { rows, values } of ahead(starts, readChunk, readAtOnce(chunkRows * rowBytes)))
      for (let row = 0; row < rows; row++)
        yield { type, dims, data: values.subarray(row * count, (row + 1) * count) };
  } finally {
    await file.close();
  }
}

async function withFile<T>(path: string, name: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error) => {
    throw new UserError(`${name} cannot be opened (${messageOf(error)}): check the file`);
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, bytes: Uint8Array, position: number, name: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new UserError(`${name} is cut off: it became shorter while it was read`);
    done += bytesRead;
  }
}

/** Turns values of `width` bytes from one byte order into the other, where they are. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (width === 2) buffer.swap16();
  if (width === 4) buffer.swap32();
  if (width === 8) buffer.swap64();
}
