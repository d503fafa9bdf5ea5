import { describe, expect, it } from 'vitest';
import { applyChanges } from '../../../src/config/apply-changes.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { problemLines } from '../../../src/config/problems.ts';
import { MAX_ALIASES, MAX_TOKENS, MAX_VALUES, readYaml } from '../../../src/config/yaml.ts';
import { withEdits } from '../../../src/config/yaml-edits.ts';
import { UserError } from '../../../src/errors.ts';
import { sampleConfig } from '../../support/sample-configs.ts';

const MIB = 2 ** 20;

function refusal(text: string): string {
  try {
    parseConfig(text, 'q.yml');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  return 'nothing was refused';
}

const keys = (count: number, value = '') =>
  Array.from({ length: count }, (_, i) => `key${i}:${value}\n`).join('');
const filled = (piece: string) => piece.repeat(Math.floor((MIB - 100) / piece.length));

describe('a configuration', () => {
  it('of 60,000 unknown keys is told the first of them, each searched for alone', () => {
    const lines = refusal(`version: 1\nmodels: []\n${keys(60_000)}`).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 59981 more problems');

    const { error } = configSchema.safeParse(readYaml(keys(60_000), 'q.yml').value);
    const located: unknown[] = [];
    const locate = (path: unknown) => `q.yml:${located.push(path)}:1`;
    expect(problemLines(error!.issues, { value: undefined, locate })).toHaveLength(21);
    expect(located).toHaveLength(20);
  });

  it('whose problems are of many kinds is told how many are left', () => {
    const lines = refusal(`version: 2\nprovider: x\nmodels: []\n${keys(30)}`).split('\n');
    expect(lines).toHaveLength(21);
    // The version, the provider and the models are three more.
    expect(lines.at(-1)).toBe('and 13 more problems');
  });

  it.each([
    ['keys with values', keys(70_000, ' 1')],
    ['lines without anything', filled('\n')],
    ['comments', filled('#\n')],
    ['items of a list', filled('- \n')],
    ['anchors', filled('&a ')],
    ['tags', filled('!a ')],
    ['documents', filled('---\n')],
    ['empty maps', `a: [${filled('{},')}]`],
  ])('of 1 MiB of %s is given up at a number of tokens', (_, text) => {
    expect(refusal(text)).toBe(`q.yml: has more than ${MAX_TOKENS} keys, values and marks: shorten it`);
  });

  it.each([
    ['one word', `a: ${filled('x')}`],
    ['one text', `a: "${filled('\\"')}"`],
    ['one key', `${'k'.repeat(1000)}${filled('k')}: 1`],
    ['one comment', `#${filled('x')}`],
    ['spaces', filled(' ')],
    ['colons', filled(':')],
    ['a text without its end', `a: "${filled('x')}`],
    ['backslashes', `a: "${filled('\\')}`],
    ['a block of lines', `a: |\n${filled(' x\n')}`],
  ])('of 1 MiB of %s is refused on short lines', (_, text) => {
    for (const line of refusal(text).split('\n')) expect(line.length).toBeLessThan(400);
  });

  it('of lists that nest without end is refused', () => {
    expect(refusal(filled('['))).toMatch(/nests more than 32 levels/);
    expect(refusal(Array.from({ length: 40 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''))).toMatch(
      /nests more/,
    );
  });

  it('with more aliases than any has is refused before one is followed', () => {
    const anchors = Array.from({ length: 20_000 }, (_, i) => `k${i}: &a${i} 1\n`).join('');
    const aliases = Array.from({ length: MAX_ALIASES + 1 }, (_, i) => `*a${i}`).join(', ');
    expect(refusal(`${anchors}z: [${aliases}]`)).toBe(
      `q.yml: has more than ${MAX_ALIASES} aliases: write some of them out`,
    );
  });

  it('whose aliases repeat a large map, or hold themselves, is refused before it is checked', () => {
    const large = `a: &a {${keys(30_000, ' 1,').replaceAll('\n', ' ')}}\nb: [${'*a, '.repeat(90)}]`;
    for (const text of [large, 'a: &a [*a]'])
      expect(refusal(text)).toBe(`q.yml: has more than ${MAX_VALUES} values with its aliases: shorten it`);
  });

  it('with a key twice is refused at the second', () => {
    expect(refusal(`a:\n  b: 1\n  c: 2\n  b: 3\n`)).toBe('q.yml:4:3: key "b" is there twice: remove one');
  });
});

describe('applyChanges', () => {
  it('makes any number of edits in one pass', () => {
    const text = 'abcdef';
    const edits = [
      { start: 1, end: 2, text: 'B' },
      { start: 3, end: 3, text: '1' },
      { start: 3, end: 3, text: '2' },
      { start: 5, end: 6, text: '' },
    ];
    expect(withEdits(text, edits)).toBe('aBc21de');
    const many = Array.from({ length: 200_000 }, (_, i) => ({ start: i, end: i + 1, text: 'y' }));
    expect(withEdits('x'.repeat(200_000), many)).toBe('y'.repeat(200_000));
  });

  it('writes to all targets that a configuration may have, with thousands of pins each', () => {
    const pins = Array.from({ length: 3_000 }, (_, i) => ({ tensor: `t${i}`, alpha: 0, beta: i + 1 }));
    const changes = new Map([['signs', new Map(['snpe', 'tensorrt'].map((id) => [id, { pins }] as const))]]);
    const after = applyChanges(sampleConfig, changes);
    expect(parseConfig(after, 'q.yml').models[0].targets[0].ranges.get('t2999')).toEqual({
      alpha: 0,
      beta: 3000,
    });
  });
});
