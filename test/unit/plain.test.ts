import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inertLine } from '../../src/action/runner-log.ts';
import { printable, quote, UserError } from '../../src/errors.ts';
import { plainJson, plainLine, plainLines } from '../../src/plain.ts';
import { codeBlock } from '../../src/report/escape.ts';
import { forbiddenIn } from '../support/forbidden.ts';
import { nasty } from '../support/nasty-report.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...nasty, '\u0085', '\u{e0041}', '\ud800', '\n')).map((parts) => parts.join('')),
);

describe('text that is not ours', () => {
  it('is what it looks like, whichever way it goes', () => {
    const ways = [
      plainLine,
      plainLines,
      printable,
      quote,
      inertLine,
      (text: string) => new UserError(text).message,
      (text: string) => codeBlock(text, 'yaml'),
      (text: string) => plainJson(JSON.stringify([text], null, 2)),
    ];
    for (const way of ways)
      fc.assert(
        fc.property(anyText, (text) => {
          expect(forbiddenIn(way(text))).toEqual([]);
        }),
      );
  });

  it('is the same as JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        expect(JSON.parse(plainJson(JSON.stringify(value, null, 2)))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  it('keeps its lines in a message, and none of more than 2000 characters', () => {
    const { message } = new UserError(`one\u001b[31m\ntwo\r${'x'.repeat(5000)}`);
    expect(message.split('\n').map((line) => line.length)).toEqual([8, 2000]);
  });

  it('is no command of a runner', () => {
    expect(inertLine('::error::x')).toBe(': :error::x');
    expect(inertLine(' \u200b::set-output name=a::b')).toMatch(/^ +: :set-output/);
    expect(inertLine('a ##[error]b\n::c')).toBe('a ## [error]b ::c');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(inertLine(text)).not.toMatch(/^\s*::|##\[|\n/);
      }),
    );
  });
});

describe('the ways out of src/', () => {
  const src = resolve(import.meta.dirname, '../../src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(src, path), 'utf8')] as const);
  const using = (pattern: RegExp) => sources.filter(([, text]) => pattern.test(text)).map(([path]) => path);

  it('to a terminal are those of the command line, which make every line plain', () => {
    const ways = ['cli/cli.ts', 'cli/terminal-world.ts'];
    expect(using(/\bconsole\.|process\.(stdout|stderr)/)).toEqual(ways);
    for (const path of ways) {
      const text = readFileSync(join(src, path), 'utf8');
      for (const [, printed] of text.matchAll(/(?:console\.\w+|\bprint|\.write)\((.*)\)/g))
        expect(printed).toMatch(/plainLines?\(/);
    }
  });

  it('to the log of a job are those of runner-log.ts, which make every line inert', () => {
    expect(using(/\bcore\.(info|notice|warning|error|debug|startGroup)\b/)).toEqual(['action/runner-log.ts']);
    for (const path of ['action/action.ts', 'action/runner-log.ts']) {
      const text = readFileSync(join(src, path), 'utf8');
      for (const [, said] of text.matchAll(/\bcore\.(?:info|notice|warning|error|setFailed)\((.*)\)/g))
        expect(said).toMatch(/^inertLine\(/);
    }
  });

  it('by an error that is meant for people are UserErrors, which make their message plain', () => {
    const own = using(/class \w+ extends (?:\w+Error|Error)\b/);
    expect(own.sort()).toEqual([
      'baseline/store.ts',
      'errors.ts',
      'github/api-error.ts',
      'runtime/engine-error.ts',
    ]);
    for (const path of own.filter((each) => each !== 'errors.ts'))
      expect(readFileSync(join(src, path), 'utf8')).toMatch(/extends UserError\b/);
  });
});
