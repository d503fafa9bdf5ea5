import type { ElementType, Tensor } from '../numerics/tensor.ts';

/** Numpy has no 8-bit floats: their bits are written. */
const descriptions: Readonly<Record<ElementType, string>> = {
  bool: '|b1',
  float8e4m3fn: '|u1',
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

/** Where the values begin is a multiple of this. */
const ALIGNMENT = 64;

/** A tensor as numpy.save writes it, version 1 (NEP 1; numpy.lib.format). */
export function npyBytes({ type, dims, data }: Tensor): Uint8Array {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const dictionary = `{'descr': '${descriptions[type]}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.from(`\x93NUMPY\x01\x00  ${dictionary.padEnd(length - 11)}\n`, 'latin1');
  header.writeUInt16LE(length - 10, 8);
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
