import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../src/config/yaml.ts';
import { UserError } from '../../../src/errors.ts';

const read = (text: string) => readYaml(text, 'q.yml');

describe('readYaml', () => {
  it('gives plain data and the position of values and keys', () => {
    const source = read('a:\n  - 1\n  - b: [x, y]\n');
    expect(source.value).toEqual({ a: [1, { b: ['x', 'y'] }] });
    expect(source.locate(['a', 1, 'b', 1])).toBe('q.yml:3:12');
    expect(source.locate(['a', 1, 'b'], true)).toBe('q.yml:3:5');
    expect(source.locate(['a', 7, 'c'])).toBe('q.yml:2:3');
  });

  it('locates a value behind an alias where the anchor stands', () => {
    expect(read('a: &x { b: 1 }\nc: *x\n').locate(['c', 'b'])).toBe('q.yml:1:12');
  });

  it.each([
    ['a duplicate key', 'a: 1\na: 2\n', /^q\.yml:2:1: key "a" is there twice: remove one$/],
    ['an unknown tag', 'a: !!js/function x\n', /^q\.yml:1:4: Unresolved tag/],
    ['a known tag', 'a: !!binary aGk=\n', /^q\.yml:1:4: /],
    [
      'a key that is a list',
      '? [a]\n: b\n',
      /^q\.yml:1:\d+: a key is a list or a map: write it as plain text$/,
    ],
    ['__proto__', 'b: 1\na: { __proto__: 1 }\n', /^q\.yml:2:6: "__proto__"/],
    ['an unknown alias', 'a: *b\n', /^q\.yml: Unresolved alias/],
    [
      'several documents',
      'a: 1\n---\nb: 1\n---\nc: 1\n',
      /^q\.yml:2:1: holds 3 documents: keep one, without a line "---"$/,
    ],
    ['two of them, one empty', 'a: 1\n---\n', /holds 2 documents/],
    ['an unfinished string', 'a: "\n', /^q\.yml:\d+:\d+: Missing closing/],
    ['more than 1 MiB', `a: ${'x'.repeat(1024 * 1024)}`, /larger than 1 MiB/],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(message);
  });

  it.each(['[', '{a: ', '- ', '? '])('refuses half a million of "%s" without a crash', (opening) => {
    expect(() => read(opening.repeat(500_000 / opening.length))).toThrow(/nests more than 32 levels/);
  });

  it('refuses aliases that explode', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
    expect(() => read(`l0: &l0 x\n${levels.join('\n')}\n`)).toThrow(
      'q.yml: its aliases multiply more than 100 times: write some of them out',
    );
  });

  it('throws nothing but UserErrors of one line, whatever the text', () => {
    const piece = fc.constantFrom(
      ...'abc:-[]{}&*!|>?"\'%#@, \n\t\u0000\u202e~<=0.'.split(''),
      '---',
      '<<',
      '\n  ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          read(given);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
