export { npyBytes as npyOf } from '../../src/data/write-npy.ts';

/** A version 1 file with the given header text and values. */
export function npyWith(dictionary: string, values: Uint8Array): Uint8Array {
  const padding = 63 - ((10 + dictionary.length) % 64);
  const header = Buffer.from(`\x93NUMPY\x01\x00  ${dictionary}${' '.repeat(padding)}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  return new Uint8Array(Buffer.concat([header, values]));
}
