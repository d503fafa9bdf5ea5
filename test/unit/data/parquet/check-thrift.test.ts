import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { describe, expect, it } from 'vitest';
import { checkThrift } from '../../../../src/data/parquet/check-thrift.ts';
import { bytesOf } from '../folder.ts';
import golden from '../golden/parquet.json' with { type: 'json' };

/** A struct whose only field, number 1, is of a type. */
const field = (type: number, ...bytes: number[]) => Uint8Array.from([0x10 | type, ...bytes, 0]);

describe('checkThrift', () => {
  it.each(['images', 'arrays', 'snappy', 'gzip2'] as const)(
    'goes through a footer to the byte that its reader ends at: %s',
    (name) => {
      const file = Buffer.from(bytesOf(golden[name]));
      const footer = file.subarray(file.length - 8 - file.readUInt32LE(file.length - 8), file.length - 8);
      const reader = { view: new DataView(footer.buffer, footer.byteOffset, footer.length), offset: 0 };
      deserializeTCompactProtocol(reader);
      expect(checkThrift(footer)).toBe(footer.length);
      expect(reader.offset).toBe(footer.length);
    },
  );

  it.each([
    ['a list longer than all that follows', field(9, 0xf8, 0xff, 0xff, 0xff, 0x7f), 'longer than the header'],
    ['a text longer than all that follows', field(8, 0x7f), 'cut off'],
    ['a number without end', field(6, ...Array<number>(20).fill(0x80)), 'too long'],
    ['structs in structs', Uint8Array.from(Array<number>(40).fill(0x1c)), 'nested too deep'],
    ['lists in lists', field(9, ...Array<number>(40).fill(0x19)), 'nested too deep'],
    ['a map', field(11, 0), 'unknown type 11'],
    ['no end', Uint8Array.from([0x11, 0x11]), 'cut off'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => checkThrift(bytes)).toThrow(message);
  });

  it('refuses millions of empty structs', () => {
    const bytes = new Uint8Array(2 ** 22 + 7);
    bytes.set(field(9, 0xfc, 0x80, 0x80, 0x80, 0x02));
    expect(() => checkThrift(bytes)).toThrow('too many values');
  });
});
