import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNpy } from '../../../src/data/npy.ts';
import { MAX_HEADER_BYTES, parseNpyHeader } from '../../../src/data/npy-header.ts';
import { UserError } from '../../../src/errors.ts';
import { fromFloat16 } from '../../../src/numerics/float16.ts';
import { arrayOf, type ElementType, elementCount, type TensorData } from '../../../src/numerics/tensor.ts';
import { npyOf, npyWith } from '../../support/npy.ts';
import { bytesOf, collect, folderWith } from './folder.ts';
import golden from './golden/npy.json' with { type: 'json' };

async function open(bytes: Uint8Array) {
  const folder = await folderWith({ 'x.npy': bytes });
  return openNpy(join(folder, 'x.npy'), 'x.npy');
}

const numbers = (type: ElementType, data: TensorData) =>
  Array.from(type === 'float16' ? fromFloat16(data as Uint16Array) : data, Number);

describe('openNpy', () => {
  it.each(Object.entries(golden.arrays))('reads what numpy writes as %s', async (_, { file, values }) => {
    const column = await open(bytesOf(file));
    expect(column.length).toBe(4);
    const rows = await collect(column.rows(0, 4));
    expect(rows.map((row) => row.dims)).toEqual(Array(4).fill([2, 3]));
    expect(rows.flatMap((row) => numbers(row.type, row.data))).toEqual(values);
  });

  it.each(['version2', 'version3'] as const)('reads %s of the format', async (key) => {
    const [, row] = await collect((await open(bytesOf(golden[key]))).rows(0, 2));
    expect(row).toEqual({ type: 'float32', dims: [2, 3], data: new Float32Array([6, 7, 8, 9, 10, 11]) });
  });

  it.each([
    ['object', /pickled Python objects/],
    ['fortran', /numpy\.ascontiguousarray/],
    ['structured', /plain numeric array/],
    ['text', /plain numeric array/],
    ['scalar', /first axis must count the samples/],
  ] as const)('refuses an array that is %s', async (key, message) => {
    await expect(open(bytesOf(golden[key]))).rejects.toThrow(message);
  });

  it('reads samples without values, such as a decoder’s empty past, and refuses very many of them', async () => {
    const column = await open(npyOf({ type: 'float32', dims: [3, 0, 16], data: new Float32Array() }));
    const empty = { type: 'float32', dims: [0, 16], data: new Float32Array() };
    expect(column.length).toBe(3);
    expect(await collect(column.rows(0, 3))).toEqual([empty, empty, empty]);
    const many = npyOf({ type: 'float32', dims: [2 ** 30, 0], data: new Float32Array() });
    await expect(open(many)).rejects.toThrow(/samples without values are 16777216 at most/);
  });

  it('refuses a file whose size does not fit its shape', async () => {
    const bytes = npyOf({ type: 'int16', dims: [2, 3], data: new Int16Array(6) });
    await expect(open(bytes.subarray(0, -1))).rejects.toThrow(
      'x.npy holds 11 bytes of values, shape (2, 3) of int16 needs 12: save it again',
    );
    await expect(open(new Uint8Array([...bytes, 0]))).rejects.toThrow(UserError);
    const huge = npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993, 1), }", bytes);
    await expect(open(huge)).rejects.toThrow(UserError);
  });

  it('gives back any array that was written, whatever range is asked for', async () => {
    const types = ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const;
    const floats = ['float16', 'float32', 'float64'] as const;
    const tensor = fc
      .tuple(fc.constantFrom(...types, ...floats), fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }))
      .chain(([type, rest]) =>
        fc.tuple(fc.constant(type), fc.constant(rest), fc.uint8Array({ minLength: 8, maxLength: 4096 })),
      );
    await fc.assert(
      fc.asyncProperty(tensor, fc.nat(), fc.nat(), async ([type, rest, bytes], a, b) => {
        const Values = arrayOf(type);
        const count = elementCount(rest);
        const rows = Math.floor(bytes.length / Values.BYTES_PER_ELEMENT / count);
        const data = new Values(bytes.slice().buffer, 0, rows * count);
        const column = await open(npyOf({ type, dims: [rows, ...rest], data }));
        const [from, to] = [a % (rows + 1), b % (rows + 1)].sort((x, y) => x - y) as [number, number];
        const read = await collect(column.rows(from, to));
        expect(read).toEqual(
          Array.from({ length: to - from }, (_, i) => ({
            type,
            dims: rest,
            data: data.slice((from + i) * count, (from + i + 1) * count),
          })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('reads rows that span several chunks of the file', async () => {
    const data = Float32Array.from({ length: 700_000 }, (_, i) => i);
    const column = await open(npyOf({ type: 'float32', dims: [7, 100_000], data }));
    const rows = await collect(column.rows(1, 7));
    expect(rows.map((row) => row.data[99_999])).toEqual([2, 3, 4, 5, 6, 7].map((n) => n * 100_000 - 1));
  });
});

describe('parseNpyHeader', () => {
  const valid = bytesOf(golden.version2).subarray(0, 128);

  it('throws nothing but UserErrors on damaged and random bytes', () => {
    const damaged = fc
      .tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length))
      .map(([at, byte, cut]) => {
        const bytes = valid.slice();
        bytes[at] = byte;
        return bytes.subarray(0, cut);
      });
    const text = fc
      .string({ unit: fc.constantFrom(..."{}()':,<f4 3TrueFalsedescrshapefortran_order"), maxLength: 300 })
      .map((s) => npyWith(s, new Uint8Array()));
    fc.assert(
      fc.property(fc.oneof(damaged, text, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          const header = parseNpyHeader(bytes, 'x.npy');
          expect(header.shape.every((size) => size >= 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses headers that repeat a key, carry anything else, or are longer than numpy reads', () => {
    const parse = (text: string) => parseNpyHeader(npyWith(text, new Uint8Array()), 'x.npy');
    expect(() => parse("{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}")).toThrow(UserError);
    expect(() => parse("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}")).toThrow(UserError);
    expect(() => parse("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}")).toThrow(UserError);
    const long = npyWith(`{${' '.repeat(20_000)}}`, new Uint8Array()).subarray(0, MAX_HEADER_BYTES);
    expect(() => parseNpyHeader(long, 'x.npy')).toThrow('the header is too long');
  });
});
