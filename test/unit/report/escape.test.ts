import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeCode, escapeMarked, escapeText } from '../../../src/report/escape.ts';
import { nasty } from '../../support/nasty-report.ts';

/** What a reader sees, with the marks that have no width. */
const decode = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
const seen = (text: string) => decode(text).replaceAll('\u200b', '');

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.constantFrom(...nasty, ...'@#:/|`<>[]()!*_~$&\\-\r\n a1'.split('')))
    .map((parts) => parts.join('')),
);

describe('escapeText', () => {
  it('leaves ordinary names as they are', () => {
    for (const name of [
      'conv1/relu',
      'model.2.cv1.conv.weight',
      'block_3_add',
      'StatefulPartitionedCall:0',
      'Größe β',
    ]) {
      expect(escapeText(name)).toBe(name);
    }
  });

  it.each([
    ['a|b', 'a&#124;b'],
    ['<img src=x>', '&#60;img src=x&#62;'],
    ['![a](b)', '!&#91;a](b)'],
    ['`code`', '&#96;code&#96;'],
    ['_soft_ a_b', '&#95;soft&#95; a_b'],
    ['@octocat', '&#64;&#8203;octocat'],
    ['fixes #12', 'fixes &#35;&#8203;12'],
    ['fixes GH-12', 'fixes GH-&#8203;12'],
    ['https://evil.example', 'https:&#8203;//evil.example'],
    ['www.evil.example', 'www&#8203;.evil.example'],
    [':tada:', ':&#8203;tada:'],
    ['a\r\n::error::x', 'a &#58;:&#8203;error&#58;:x'],
    ['- item', '&#45; item'],
    [`see ${'0a1b2c'.repeat(2)}`, 'see 0a1b2c&#8203;0a1b2c'],
    ['a'.repeat(40), `${'aaaaaa&#8203;'.repeat(6)}aaaa`],
    ['org/repo@0123abc', 'org/repo&#64;&#8203;0123ab&#8203;c'],
    ['1234567 values', '1234567 values'],
    ['9'.repeat(40), `${'999999&#8203;'.repeat(6)}9999`],
    ['abc\u202edef\u0007\u2028x', 'abc def x'],
    ['\ud800x', 'x'],
  ])('writes %j as %j', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it('shows any text and nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = text.replace(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ').trim();
        expect(seen(escapeText(text, 100_000))).toBe(line);
      }),
    );
  });

  it('leaves no markup and nothing that GitHub acts on', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>"'`|\\*~[@$\r\n]|&(?!#\d+;)|(?<!&)#|::|^[-+=]/);
        expect(decode(escaped)).not.toMatch(/@[\w-]|#\w|:\/\/|www\.|\bGH-\d|:[\w+-]+:/i);
        expect(escaped).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(decode(escaped)).not.toMatch(
          /(?<![\p{L}\p{N}_])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![\p{L}\p{N}_])/iu,
        );
      }),
    );
  });

  it('cuts long text in the middle', () => {
    expect(escapeText('abcdefghij', 5)).toBe('ab…ij');
    expect(escapeText('abcdefghij', 10)).toBe('abcdefghij');
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 60 }), (text, longest) => {
        expect(Array.from(seen(escapeText(text, longest))).length).toBeLessThanOrEqual(longest);
      }),
    );
  });
});

describe('escapeCode', () => {
  it('is the escaped text in <code>', () => {
    expect(escapeCode('a`b</code>')).toBe('<code>a&#96;b&#60;/code&#62;</code>');
    expect(escapeCode('\n')).toBe('<code> </code>');
  });
});

describe('escapeMarked', () => {
  it('shows what stands between backticks as code, and all of it as text', () => {
    expect(escapeMarked('Set `range: kl` and `recipe: [round]`: 91 %')).toBe(
      'Set <code>range: kl</code> and <code>recipe: &#91;round]</code>: 91 %',
    );
    expect(escapeMarked('`a`')).toBe('<code>a</code>');
    expect(escapeMarked('no code')).toBe('no code');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeMarked(text).replace(/<\/?code>/g, '')).not.toMatch(/[<`[*~|]/);
      }),
    );
  });
});
