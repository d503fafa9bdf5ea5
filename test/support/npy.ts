import type { Tensor } from '../../src/numerics/tensor.ts';

const codes: Partial<Record<Tensor['type'], string>> = { float32: '<f4', int64: '<i8', uint8: '|u1' };

/** A tensor as the bytes of an `.npy` file, version 1.0. */
export function npyOf({ type, dims, data }: Tensor): Buffer {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const header = `{'descr': '${codes[type]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  const values = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return Buffer.concat([start, Buffer.from(`${header.padEnd(length - 1)}\n`), values]);
}
