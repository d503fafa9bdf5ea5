import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHybrid } from '../../../../src/data/parquet/read-hybrid.ts';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];

/** Values packed in bits, eight at a time. */
function packed(values: readonly number[], width: number): number[] {
  const groups = Math.ceil(values.length / 8);
  const bytes = new Array<number>(groups * width).fill(0);
  values.forEach((value, i) => {
    for (let b = 0; b < width; b++)
      if ((value >> b) & 1) bytes[(i * width + b) >> 3] |= 1 << ((i * width + b) & 7);
  });
  return [...varint(groups * 2 + 1), ...bytes];
}

const run = (value: number, count: number, width: number): number[] => [
  ...varint(count * 2),
  ...Array.from({ length: Math.ceil(width / 8) }, (_, i) => (value >> (8 * i)) & 255),
];

describe('readHybrid', () => {
  it('reads runs and packed values of any width', () => {
    const parts = fc.integer({ min: 1, max: 24 }).chain((width) =>
      fc.tuple(
        fc.constant(width),
        fc.array(
          fc.record({
            values: fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { minLength: 8, maxLength: 8 }),
            isRun: fc.boolean(),
          }),
          { minLength: 1, maxLength: 6 },
        ),
      ),
    );
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 7 }), ([width, given], left) => {
        const values = given.flatMap(({ values: own, isRun }) =>
          isRun ? Array<number>(8).fill(own[0]) : own,
        );
        const bytes = given.flatMap(({ values: own, isRun }) =>
          isRun ? run(own[0], 8, width) : packed(own, width),
        );
        const out = readHybrid(Uint8Array.from(bytes), width, new Int32Array(values.length - left));
        expect([...out]).toEqual(values.slice(0, values.length - left));
      }),
    );
  });

  it('writes no value beyond those that are asked for, however long a run says it is', () => {
    const bytes = Uint8Array.from([...varint(2 ** 32 - 2), 1]);
    expect([...readHybrid(bytes, 1, new Uint8Array(5))]).toEqual([1, 1, 1, 1, 1]);
  });

  it('reads values of no bits from no bytes', () => {
    expect([...readHybrid(new Uint8Array(), 0, new Int32Array(3))]).toEqual([0, 0, 0]);
  });

  it.each([
    ['no bytes', [], 1],
    ['a run without its value', [8], 8],
    ['packed values without their bytes', [3, 1], 3],
    ['runs of nothing', Array<number>(20).fill(0), 1],
    ['a length without end', [255, 255, 255, 255, 255, 255], 1],
    ['values wider than any index', [3, 0, 0, 0, 0], 25],
  ])('refuses %s', (_, bytes, width) => {
    expect(() => readHybrid(Uint8Array.from(bytes), width, new Int32Array(8))).toThrow(RangeError);
  });
});
