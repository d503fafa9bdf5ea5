import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  markedSpans,
  type StyledLine,
  span,
  textWidth,
  wrapped,
} from '../../../../src/report/terminal/styled.ts';
import { forbiddenIn } from '../../../support/forbidden.ts';
import { nasty } from '../../../support/nasty-report.ts';

const textOf = (line: StyledLine) => line.map(({ text }) => text).join('');

describe('a line that is wrapped', () => {
  it('breaks at spaces, and its label stands in front of the first part alone', () => {
    const lines = wrapped(span('why   '), [span('weights cost the most')], 18);
    expect(lines.map(textOf)).toEqual(['why   weights cost', '      the most']);
  });

  it('keeps the look of each word, and is cut where a word is longer than a line', () => {
    const lines = wrapped(span(''), markedSpans('set `weights: per-channel`: good'), 12);
    expect(lines.map(textOf)).toEqual(['set weights:', 'per-channel:', 'good']);
    expect(lines[0].filter(({ look }) => look === 'cyan').map(({ text }) => text)).toEqual([' weights:']);
    expect(wrapped(span('  '), [span('abcdefgh')], 5).map(textOf)).toEqual(['  abc', '  def', '  gh']);
  });

  it('counts wide characters twice, and those that draw over others not at all', () => {
    expect([textWidth('宽'), textWidth('é'), textWidth('e\u0301')]).toEqual([2, 1, 1]);
    expect(wrapped(span(''), [span('宽宽宽')], 4).map(textOf)).toEqual(['宽宽', '宽']);
  });

  it('is never wider than the terminal, nor anything but text, whatever stands in it', () => {
    // None takes more than two columns, alone or behind another.
    const pieces = [
      'a',
      ' ',
      'é',
      'e\u0301',
      '宽',
      '가',
      '👩‍🚀',
      '`',
      '\u001b[31m',
      '\u202e',
      '\t',
      '\n',
      ...nasty,
    ];
    const any = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(any, fc.integer({ min: 8, max: 120 }), (text, columns) => {
        const lines = wrapped(span('why   '), [span(text, 'red')], columns).map(textOf);
        for (const line of lines) {
          expect(textWidth(line), line).toBeLessThanOrEqual(columns);
          expect(forbiddenIn(line)).toEqual([]);
        }
      }),
    );
  });
});
