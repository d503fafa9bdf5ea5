import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveMetric } from '../../../src/metrics/index.ts';
import type { Outputs } from '../../../src/metrics/metric.ts';
import { outputs, tokens } from './tensors.ts';

const { wanted, heard, wer, cer } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/metrics.json'), 'utf8'),
).texts as { wanted: string[]; heard: string[]; wer: number; cer: number };
const characters = [...new Set([...wanted, ...heard].join(''))];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'texts-'));
  await writeFile(join(folder, 'all.json'), JSON.stringify(characters));
  await writeFile(join(folder, 'abc.txt'), '-\na\nb\n▁\n');
});
afterAll(() => rm(folder, { recursive: true }));

const make = (name: string, options: object = {}) =>
  resolveMetric({ name, options: { ...options } }, { folder, root: folder });
const ids = (text: string): Outputs => ({
  y: tokens([...text].map((each) => BigInt(characters.indexOf(each)))),
});
/** Scores [1, T, classes] whose greatest are these ids. */
const path = (best: readonly number[], classes: number) =>
  outputs(
    best.flatMap((id) => Array.from({ length: classes }, (_, k) => (k === id ? 1 : 0))),
    [1, best.length, classes],
  );

describe('texts of a model that gives ids', () => {
  it.each([
    ['wer', wer],
    ['cer', cer],
  ])('have the %s of jiwer', async (name, value) => {
    const metric = await make(name, { characters: 'all.json' });
    const scores = wanted.map((text, i) => metric.score(ids(heard[i]!), text, undefined));
    expect(metric.aggregate(scores)).toBeCloseTo(value, 12);
  });

  it('match only where they are the same, but for white space around them', async () => {
    const metric = await make('exact-match', { characters: 'all.json' });
    expect(metric.score(ids('a '), 'a', undefined)).toBe(1);
    expect(metric.score(ids('b'), 'a', undefined)).toBe(0);
  });

  it('end at the id that ends them, without those that are skipped', async () => {
    const y = tokens([0n, 1n, 2n, 3n, 1n]);
    const metric = await make('exact-match', { end: 3, skip: [0] });
    expect(metric.score({ y }, [1, 2], undefined)).toBe(1);
    expect(metric.score({ y }, tokens([1n, 2n, 3n, -100n]), undefined)).toBe(1);
    expect((await make('cer')).score({ y }, [0, 1, 2, 3], undefined)).toEqual([1, 4]);
  });

  it('need characters where labels are texts, all of those that the model says, and words for wer', async () => {
    const metric = await make('cer');
    expect(() => metric.score(ids('a'), 'a', undefined)).toThrow('name the characters of the metric');
    const few = await make('cer', { characters: 'abc.txt' });
    expect(() => few.score({ y: tokens([9n]) }, 'a', undefined)).toThrow(
      'token 9 is none of the 4 of abc.txt',
    );
    const words = await make('wer');
    expect(() => words.score({ y: tokens([9n]) }, [9], undefined)).toThrow('ids of tokens are no words');
    expect(() => metric.score(ids('a'), { text: 'a' }, undefined)).toThrow('neither a text nor ids');
    await expect(make('cer', { characters: 'absent.txt' })).rejects.toThrow('absent.txt does not exist');
  });
});

describe('CTC', () => {
  it('takes repeated ids together unless a blank is between them, the lowest id among equal scores', async () => {
    const metric = await make('exact-match', { characters: 'abc.txt' });
    expect(metric.score(path([0, 1, 1, 0, 1, 2, 2, 0], 4), 'aab', undefined)).toBe(1);
    expect(metric.score(outputs([1, 1, 1, 1], [1, 1, 4]), '', undefined)).toBe(1);
  });

  it('has the blank that it is told, and spaces by their token', async () => {
    const metric = await make('wer', { characters: 'abc.txt', blank: 2, space: '▁' });
    expect(metric.score(path([1, 2, 1, 3, 1], 4), 'aa a', undefined)).toEqual([0, 2]);
    expect(() => metric.score(outputs([1, 2]), 'a', undefined)).toThrow('text needs scores [1, T, C]');
  });

  it('decodes ids too where it is told', async () => {
    const y = tokens([0n, 1n, 1n, 0n, 1n]);
    const metric = await make('exact-match', { decode: 'ctc' });
    expect(metric.score({ y }, [1, 1], undefined)).toBe(1);
  });
});
