import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { snappyUncompress } from 'hyparquet';

/** Bytes of a page, unpacked; writers make pages of a mebibyte, and of a few pictures. */
const MAX_PAGE_BYTES = 2 ** 28;
/** Bytes: a page this small may compress as well as it likes. */
const SMALL_BYTES = 2 ** 25;
const MAX_RATIO = 100;

/**
 * The bytes of a page as they were before they were compressed.
 *
 * @param size bytes of the result, as the file declares them
 * @throws Error when they are more than is read, or others than declared
 */
export function decompressPage(bytes: Uint8Array, size: number, codec: string): Uint8Array {
  if (size > MAX_PAGE_BYTES) throw new RangeError(`a page is larger than ${MAX_PAGE_BYTES / 2 ** 20} MiB`);
  if (size > SMALL_BYTES && size > MAX_RATIO * bytes.length)
    throw new RangeError(`a page unpacks to more than ${MAX_RATIO} times its size`);
  const unpacked = size === 0 ? new Uint8Array() : unpackedBy(codec, bytes, size);
  if (unpacked.length !== size)
    throw new RangeError(`a page has ${unpacked.length} bytes where it declares ${size}`);
  return unpacked;
}

function unpackedBy(codec: string, bytes: Uint8Array, size: number): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED':
      return bytes;
    case 'SNAPPY': {
      const out = new Uint8Array(size);
      snappyUncompress(bytes, out);
      return out;
    }
    case 'GZIP':
      return gunzipSync(bytes, { maxOutputLength: size });
    case 'BROTLI':
      return brotliDecompressSync(bytes, { maxOutputLength: size });
    case 'ZSTD':
      return unzstd(bytes, new Uint8Array(size));
    default:
      throw new RangeError(`it is compressed by ${codec}, and read are snappy, gzip, brotli and zstd`);
  }
}
