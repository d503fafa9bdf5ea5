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
    ['@octocat', '&#64;\u200boctocat'],
    ['fixes #12', 'fixes &#35;\u200b12'],
    ['fixes GH-12', 'fixes GH-\u200b12'],
    ['https://evil.example', 'https:\u200b//evil.example'],
    ['www.evil.example', 'www\u200b.evil.example'],
    [':tada:', ':\u200btada:'],
    ['a\r\n::error::x', 'a &#58;:\u200berror&#58;:x'],
    ['- item', '&#45; item'],
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
        expect(escaped.replaceAll('\u200b', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
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
