import type { FileHandle } from 'node:fs/promises';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { PageHeader } from 'hyparquet/src/types.js';
import { checkThrift } from './check-thrift.ts';
import type { Leaf } from './column-leaf.ts';
import { decodeDictionary, decodePage, type Page, type PageValues, pageEntries } from './decode-page.ts';
import type { ColumnChunk } from './footer-schema.ts';
import { readAt } from './read-footer.ts';

/** Bytes of a page's header, with the statistics that writers add. */
const MAX_HEADER_BYTES = 2 ** 16;
/** Entries of a page; writers make pages of some ten thousand rows. */
const MAX_ENTRIES = 2 ** 24;

/** A page and the entries of its chunk before it. */
export interface PlacedPage extends Page {
  readonly before: number;
}

/**
 * The pages of a chunk, one in memory at a time.
 *
 * @param skipped entries that are not asked for: pages of no others are passed over
 * @throws Error when the chunk does not hold what it declares
 */
export async function* readPages(
  file: FileHandle,
  { start, end, values, codec }: ColumnChunk,
  leaf: Leaf,
  skipped: number,
): AsyncGenerator<PlacedPage> {
  let dictionary: PageValues | undefined;
  let before = 0;
  for (let at = start; before < values; ) {
    const { header, length } = readHeader(await readAt(file, at, Math.min(MAX_HEADER_BYTES, end - at)));
    const bodyAt = at + length;
    at = bodyAt + header.compressed_page_size;
    if (at > end) throw new RangeError('a page is cut off');
    const isDictionary = header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header !== undefined;
    const entries = isDictionary ? 0 : pageEntries(header);
    if (!(entries >= 0 && entries <= Math.min(MAX_ENTRIES, values - before)))
      throw new RangeError(`a page has ${entries} values`);
    if (!isDictionary && (entries === 0 || before + entries <= skipped)) {
      before += entries;
      continue;
    }
    const body = await readAt(file, bodyAt, header.compressed_page_size);
    if (isDictionary) dictionary = decodeDictionary(header, body, { leaf, codec });
    else {
      yield { ...decodePage(header, body, { leaf, codec, dictionary }), before };
      before += entries;
    }
  }
}

function readHeader(bytes: Uint8Array): { header: PageHeader; length: number } {
  const length = checkThrift(bytes);
  const header = parquetHeader({
    view: new DataView(bytes.buffer, bytes.byteOffset, length),
    offset: 0,
  });
  const { compressed_page_size: packed, uncompressed_page_size: size } = header;
  if (!(Number.isInteger(packed) && packed >= 0 && Number.isInteger(size) && size >= 0))
    throw new RangeError('the header of a page has no sizes');
  return { header, length };
}
