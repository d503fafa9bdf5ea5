import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginsWith,
  messagesIn,
  numbersIn,
  parseTextFormat,
  quoted,
  scalarIn,
} from '../../../src/formats/prototext.ts';
import { anyName } from './sets.ts';

const read = (text: string) => parseTextFormat(text, 'a.prototxt');

describe('protobuf text', () => {
  it('has fields, messages in braces and angles, lists, separators and comments', () => {
    const text = `# a net
      name: "n", layer { dim: [1, -2, 3.5e1f]; dim: 4 on: true } # and
      layer: < shape {} >`;
    const parsed = read(text);
    expect(scalarIn(parsed, 'name')).toBe('n');
    const [first, second] = messagesIn(parsed, 'layer');
    expect(numbersIn(first, 'dim', 'a')).toEqual([1, -2, 35, 4]);
    expect(scalarIn(first, 'on')).toBe('true');
    expect(messagesIn(second, 'shape')).toEqual([[]]);
    expect(parsed.map(({ line }) => line)).toEqual([2, 2, 3]);
  });

  it('joins neighbouring strings and reads escapes as bytes of UTF-8', () => {
    expect(scalarIn(read(`a: "x\\ty" 'z"\\303\\244' "\\xe4\\xbd\\xa0\\u00e4\\\\"`), 'a')).toBe(
      'x\tyz"ä你ä\\',
    );
  });

  it('takes the last of a field that is given twice', () => {
    expect(scalarIn(read('a: 1 a: 2'), 'a')).toBe('2');
  });

  it('gives back every quoted name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(scalarIn(read(`a: ${quoted(name)}`), 'a')).toBe(name);
      }),
    );
  });

  it.each([
    ['a {\n b: 1', 'a.prototxt:2: expected a field or "}", found the end of the file'],
    ['a: 1\n}', 'a.prototxt:2: expected a field, found "}"'],
    ['a: "x', 'expected " at the end of the string'],
    ["a: 'x\n'", "expected ' at the end of the string"],
    ['a 1', 'expected ":" or "{", found "1"'],
    ['a:', 'expected a value, found the end of the file'],
    ['a: [1, 2', 'expected a value, found the end of the file'],
    ['{', 'a.prototxt:1: expected a field, found "{"'],
    ['a {'.repeat(100), 'expected at most 64 nested messages'],
  ])('refuses %j in one line that says where', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each(['a: x', 'a: "1 2"', 'a: 0x1F', 'a: inf', 'a: nan', 'a: 1e999', 'a { }'])(
    'has no number in %j',
    (text) => {
      expect(() => numbersIn(read(`b: 1\n${text}`), 'a', 'f')).toThrow('f:2: a must be a finite number');
    },
  );

  it('has whole numbers where they are asked for', () => {
    expect(() => numbersIn(read('a: 1.5'), 'a', 'f', true)).toThrow('f:1: a must be a whole number');
  });

  it('begins with a field, whatever blanks and comments stand before it, in no time', () => {
    expect(beginsWith('# a net\n\n  layer {', ['layer'])).toBe(true);
    expect(beginsWith('layers {', ['layer'])).toBe(false);
    expect(beginsWith('# #'.repeat(1e6), ['layer'])).toBe(false);
    expect(beginsWith(' \n'.repeat(1e6), ['layer'])).toBe(false);
  });

  it('parses or says why not, whatever it is given', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      '{',
      '}',
      '<',
      '>',
      '[',
      ']',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ' ',
      '-',
      '1',
      ',',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          read(parts.join(''));
        } catch (error) {
          expect((error as Error).message).toMatch(/^a\.prototxt:\d+: expected .*, found .*$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
