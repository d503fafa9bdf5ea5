import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import type { DecodedArray, PageHeader, ParquetType } from 'hyparquet/src/types.js';
import type { Leaf } from './column-leaf.ts';
import { decompressPage } from './decompress.ts';
import { readHybrid } from './read-hybrid.ts';

/** Numbers, or the bytes of each text or picture. */
export type PageValues =
  | Uint8Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly Uint8Array[];

/** What a page holds. */
export interface Page {
  /** Values and what stands for a missing one. */
  readonly entries: number;
  /** Of each entry; undefined where there are no lists. */
  readonly repetition: Uint8Array | undefined;
  /** Of each entry; undefined where none can be missing. */
  readonly definition: Uint8Array | undefined;
  /** Those that are there. */
  readonly values: PageValues;
}

/** Values of a page of texts or pictures: each takes an object. */
const MAX_TEXTS = 2 ** 20;

/** How the values of a chunk are packed. */
export interface Packing {
  readonly leaf: Leaf;
  readonly codec: string;
  readonly dictionary: PageValues | undefined;
}

/**
 * Unpacks a data page of version 1 or 2.
 *
 * @throws Error when it does not hold what its header says
 */
export function decodePage(header: PageHeader, body: Uint8Array, packing: Packing): Page {
  const v2 = header.data_page_header_v2;
  const { leaf, codec } = packing;
  const entries = pageEntries(header);
  if (v2 === undefined) {
    const { encoding } = header.data_page_header!;
    const bytes = decompressPage(body, header.uncompressed_page_size, codec);
    const [repetition, afterRepetition] = prefixedLevels(bytes, leaf.axes, entries);
    const [definition, rest] = prefixedLevels(afterRepetition, leaf.depth, entries);
    return pageOf({ entries, repetition, definition }, { encoding, bytes: rest }, packing);
  }
  const repetitionEnd = v2.repetition_levels_byte_length;
  const end = repetitionEnd + v2.definition_levels_byte_length;
  if (!(repetitionEnd >= 0 && end >= repetitionEnd && end <= body.length))
    throw new RangeError('the levels of a page are cut off');
  const repetition = levels(body.subarray(0, repetitionEnd), leaf.axes, entries);
  const definition = levels(body.subarray(repetitionEnd, end), leaf.depth, entries);
  const packed = body.subarray(end);
  const bytes =
    v2.is_compressed === false ? packed : decompressPage(packed, header.uncompressed_page_size - end, codec);
  return pageOf({ entries, repetition, definition }, { encoding: v2.encoding, bytes }, packing);
}

/** Entries of a data page. */
export function pageEntries({ data_page_header: v1, data_page_header_v2: v2 }: PageHeader): number {
  return (v2 ?? v1)?.num_values ?? 0;
}

/** The values that indices of the pages behind it stand for. */
export function decodeDictionary(
  { dictionary_page_header: header, uncompressed_page_size: size }: PageHeader,
  body: Uint8Array,
  { leaf, codec }: Pick<Packing, 'leaf' | 'codec'>,
): PageValues {
  return plainValues(decompressPage(body, size, codec), header!.num_values, leaf);
}

function prefixedLevels(
  bytes: Uint8Array,
  highest: number,
  entries: number,
): [levels: Uint8Array | undefined, rest: Uint8Array] {
  if (highest === 0) return [undefined, bytes];
  const [own, rest] = prefixed(bytes);
  return [levels(own, highest, entries), rest];
}

/** Bytes behind their number, and those behind them. */
function prefixed(bytes: Uint8Array): [own: Uint8Array, rest: Uint8Array] {
  if (bytes.length < 4) throw new RangeError('a page is cut off');
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (end > bytes.length) throw new RangeError('a page is cut off');
  return [bytes.subarray(4, end), bytes.subarray(end)];
}

function levels(bytes: Uint8Array, highest: number, entries: number): Uint8Array | undefined {
  return highest === 0 ? undefined : readHybrid(bytes, 32 - Math.clz32(highest), new Uint8Array(entries));
}

function pageOf(
  { entries, repetition, definition }: Omit<Page, 'values'>,
  { encoding, bytes }: { readonly encoding: string; readonly bytes: Uint8Array },
  { leaf, dictionary }: Packing,
): Page {
  let count = entries;
  if (definition !== undefined) for (const level of definition) if (level !== leaf.depth) count--;
  const values = valuesOf(bytes, count, encoding, { leaf, dictionary });
  return { entries, repetition, definition, values };
}

function valuesOf(
  bytes: Uint8Array,
  count: number,
  encoding: string,
  { leaf, dictionary }: Pick<Packing, 'leaf' | 'dictionary'>,
): PageValues {
  switch (encoding) {
    case 'PLAIN':
      return plainValues(bytes, count, leaf);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      if (dictionary === undefined) throw new RangeError('a page has no dictionary');
      return lookedUp(readHybrid(bytes.subarray(1), bytes[0] ?? 0, new Int32Array(count)), dictionary);
    case 'RLE':
      if (leaf.physical !== 'BOOLEAN') throw new RangeError('runs of what are no truth values');
      return readHybrid(prefixed(bytes)[0], 1, new Uint8Array(count));
    case 'BYTE_STREAM_SPLIT':
      checkRoom(bytes, count, leaf);
      return uniform(byteStreamSplit(readerOf(bytes), count, leaf.physical as ParquetType, 2), leaf);
    default:
      throw new RangeError(`its values are encoded as ${encoding}, which is not read`);
  }
}

function lookedUp(indices: Int32Array, dictionary: PageValues): PageValues {
  const out: PageValues = Array.isArray(dictionary)
    ? new Array(indices.length)
    : new (dictionary.constructor as Float32ArrayConstructor)(indices.length);
  if (Array.isArray(out) && out.length > MAX_TEXTS) throw new RangeError(tooManyTexts);
  for (let i = 0; i < indices.length; i++) {
    const value = dictionary[indices[i]];
    if (value === undefined) throw new RangeError('a value is not in its dictionary');
    (out as unknown[])[i] = value;
  }
  return out;
}

const tooManyTexts = `a page has more than ${MAX_TEXTS} texts`;

/** Bits that a value takes at least. */
const BITS: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  FLOAT: 32,
  DOUBLE: 64,
  BYTE_ARRAY: 32,
  FIXED_LEN_BYTE_ARRAY: 16,
};

function checkRoom(bytes: Uint8Array, count: number, { physical }: Leaf): void {
  if (!(count >= 0 && count * BITS[physical] <= bytes.length * 8))
    throw new RangeError(`a page has no room for its ${count} values`);
  if (physical.endsWith('BYTE_ARRAY') && count > MAX_TEXTS) throw new RangeError(tooManyTexts);
}

function plainValues(bytes: Uint8Array, count: number, leaf: Leaf): PageValues {
  checkRoom(bytes, count, leaf);
  const reader = readerOf(bytes);
  // It aligns numbers itself, and gives a plain list where there are none.
  const values = readPlain(reader, leaf.physical as ParquetType, count, 2);
  if (reader.offset > bytes.length) throw new RangeError('a value is cut off');
  return uniform(values, leaf);
}

function uniform(values: DecodedArray, { holds, physical }: Leaf): PageValues {
  if (holds === 'float16')
    return Uint16Array.from(values as unknown as Uint8Array[], ([low, high]) => low + 256 * high);
  if (physical === 'BOOLEAN') return Uint8Array.from(values as unknown as boolean[], Number);
  return values as PageValues;
}

function readerOf(bytes: Uint8Array) {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
