import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../src/config/config.ts';
import { shareOf } from '../../../src/pipeline/explain-share.ts';
import { givenTargets } from '../../../src/pipeline/given-explanation.ts';
import { explainedIdentity, explanationOf } from '../../support/explanations.ts';

const shards = [2, 1].map((index) => ({ ...explanationOf('m', index), folder: `/${index}` }));
const [second, first] = shards;
const expected = explainedIdentity();
const ids = ['chip1', 'chip2'];

describe('the explanations of other runners', () => {
  it('are put together by target, whoever has it', () => {
    const given = givenTargets(shards, expected, ids);
    expect([...given].map(([id, { folder }]) => [id, folder])).toEqual([
      ['chip2', '/2'],
      ['chip1', '/1'],
    ]);
  });

  it.each([
    [
      'that lack a target',
      [first],
      /^the explanation shards of m lack target "chip2": give the files of all 2$/,
    ],
    [
      'that are there twice',
      [first, second, first],
      /^explanation shard 1\/2 of m has target "chip1", which another file has, too: give each file of one explanation once$/,
    ],
  ])('are refused %s', (_, given, message) => {
    expect(() => givenTargets(given, expected, ids)).toThrow(message);
  });

  it.each([
    ['settingsSha256', 'another configuration of the model'],
    ['baseline', 'another baseline'],
    ['modelSha256', 'another version of the model'],
    ['tool', 'another version of quantgate'],
  ])('are refused where %s differs', (key, of) => {
    const foreign = { ...second, identity: { ...second.identity, [key]: 'f'.repeat(64) } };
    expect(() => givenTargets([first, foreign], expected, ids)).toThrow(
      `explanation shard 2/2 of m is of ${of} (ffffffffffff, here `,
    );
  });
});

describe('a share of the targets', () => {
  const model = (name: string, targets: readonly string[]) =>
    ({ name, targets: targets.map((id) => ({ id })) }) as unknown as ModelConfig;
  const models = [model('a', ['x', 'y', 'z']), model('b', ['x', 'y'])];
  const dealt = (index: number, count: number) =>
    [...shareOf(models, { index, count })].map(([name, targets]) => [name, ...targets]);

  it('is dealt out in turn over all models', () => {
    expect(dealt(1, 2)).toEqual([
      ['a', 'x', 'z'],
      ['b', 'y'],
    ]);
    expect(dealt(2, 2)).toEqual([
      ['a', 'y'],
      ['b', 'x'],
    ]);
  });

  it('leaves out models of which it has none', () => {
    expect(dealt(5, 6)).toEqual([['b', 'y']]);
    expect(dealt(6, 6)).toEqual([]);
  });
});
