import type { FileHandle } from 'node:fs/promises';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { checkThrift } from './check-thrift.ts';
import { type ParquetColumn, parquetColumns } from './column-leaf.ts';
import { type ColumnChunk, footerSchema } from './footer-schema.ts';

/** What a file says of itself. */
export interface Footer {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly { readonly rows: number; readonly chunks: readonly ColumnChunk[] }[];
  /** Bytes of the file. */
  readonly size: number;
}

const MAGIC = 'PAR1';
/** Bytes: the length of the metadata and the magic behind it. */
const TAIL = 8;
/** Bytes: those of a thousand row groups of a hundred columns have 10 million. */
const MAX_FOOTER_BYTES = 2 ** 24;
const MAX_ROWS = 2 ** 24;

/**
 * Reads the metadata at the end of a Parquet file, and no values.
 *
 * @throws Error when they are not there, too large or do not agree with each other
 */
export async function readFooter(file: FileHandle): Promise<Footer> {
  const { size } = await file.stat();
  const tail = await readAt(file, size - TAIL, TAIL);
  if (tail.toString('latin1', 4) !== MAGIC) throw new RangeError(`it does not end with ${MAGIC}`);
  const length = tail.readUInt32LE(0);
  if (length > MAX_FOOTER_BYTES)
    throw new RangeError(`its metadata are larger than ${MAX_FOOTER_BYTES / 2 ** 20} MiB`);
  const { rows, schema, groups } = parseFooter(await readAt(file, size - TAIL - length, length));
  if (rows > MAX_ROWS) throw new RangeError(`it has ${rows} rows, and ${MAX_ROWS} at most are read`);
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
    throw new RangeError('its row groups have other rows than the file');
  return { rows, columns: parquetColumns(schema), groups, size };
}

function parseFooter(bytes: Uint8Array) {
  checkThrift(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parsed = footerSchema.safeParse(deserializeTCompactProtocol({ view, offset: 0 }));
  if (!parsed.success) throw new RangeError('its metadata are not those of a Parquet file');
  return parsed.data;
}

/**
 * Bytes of a file, in memory of their own.
 *
 * @throws RangeError when they are not all there
 */
export async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  if (from < 0) throw new RangeError('it is cut off');
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, from + done);
    if (bytesRead === 0) throw new RangeError('it is cut off');
    done += bytesRead;
  }
  return bytes;
}
