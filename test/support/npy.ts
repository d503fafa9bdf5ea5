import type { ElementType, Tensor } from '../../src/numerics/tensor.ts';

const codes: Record<Exclude<ElementType, 'float8e4m3fn'>, string> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** A tensor as numpy.save writes it, version 1. */
export function npyOf({ type, dims, data }: Tensor): Uint8Array {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const dictionary = `{'descr': '${codes[type as keyof typeof codes]}', 'fortran_order': False, 'shape': ${shape}, }`;
  return npyWith(dictionary, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A version 1 file with the given header text and values. */
export function npyWith(dictionary: string, values: Uint8Array): Uint8Array {
  const padding = 63 - ((10 + dictionary.length) % 64);
  const header = Buffer.from(`\x93NUMPY\x01\x00  ${dictionary}${' '.repeat(padding)}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  return new Uint8Array(Buffer.concat([header, values]));
}
