import { describe, expect, it } from 'vitest';
import { configSha256 } from '../../../src/config/config-hash.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { sampleConfig } from './sample.ts';

const hashOf = (text: string) => configSha256(parseConfig(text, 'q.yml'));

describe('configSha256', () => {
  it.each([
    ['a budget', 'max-drop: 1.0pp', 'max-drop: 2.0pp'],
    ['a pinned range', 'beta: 5.2', 'beta: 5.3'],
    ['the data of an input', 'image: data/inputs.npy', 'image: data/other.npy'],
    ['a target', '- tensorrt', '- cambricon'],
  ])('is another with %s', (_, from, to) => {
    expect(hashOf(sampleConfig.replace(from, to))).not.toBe(hashOf(sampleConfig));
  });

  it.each([
    ['a comment', 'version: 1', '# the best\nversion: 1'],
    ['where it speaks', 'comment: on-failure', 'comment: always'],
    ['where baselines are kept', 'baselines/main', 'elsewhere'],
    ['a default that is written out', 'range: [0, 500]', '"range": [0, 500]'],
  ])('is the same with %s', (_, from, to) => {
    expect(hashOf(sampleConfig.replace(from, to))).toBe(hashOf(sampleConfig));
  });
});
