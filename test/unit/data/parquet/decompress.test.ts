import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressPage } from '../../../../src/data/parquet/decompress.ts';

const text = Buffer.from('quantgate '.repeat(20));

describe('a page', () => {
  it.each([
    ['GZIP', gzipSync(text)],
    ['BROTLI', brotliCompressSync(text)],
    ['UNCOMPRESSED', text],
  ])('is what it was before %s', (codec, packed) => {
    expect(Buffer.from(decompressPage(packed, text.length, codec))).toEqual(text);
  });

  it.each([
    ['GZIP', gzipSync(text)],
    ['BROTLI', brotliCompressSync(text)],
    ['UNCOMPRESSED', text],
    ['SNAPPY', Uint8Array.from([10, 0x24, ...text.subarray(0, 10)])],
  ])('of another size than it declares is refused: %s', (codec, packed) => {
    expect(() => decompressPage(packed, text.length - 1, codec)).toThrow();
    expect(() => decompressPage(packed, text.length + 1, codec)).toThrow();
  });

  it('that unpacks to far more than it is, or is larger than any, is refused before there is memory for it', () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 16));
    expect(() => decompressPage(zeros, 2 ** 27, 'GZIP')).toThrow('more than 100 times its size');
    expect(() => decompressPage(zeros, 2 ** 31 - 1, 'SNAPPY')).toThrow('larger than 256 MiB');
  });
});
