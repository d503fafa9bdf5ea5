import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import { quote } from './errors.ts';

/**
 * The bytes of a file of a zip, as they come. The library that unpacks checks their number only.
 *
 * @throws Error after the last of them when they are not those that were packed
 */
export async function* checkedContent(
  chunks: AsyncIterable<Uint8Array>,
  entry: Pick<Entry, 'fileName' | 'crc32'>,
): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  for await (const chunk of chunks) {
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw new Error(`the checksum of ${quote(entry.fileName)} is wrong`);
}
