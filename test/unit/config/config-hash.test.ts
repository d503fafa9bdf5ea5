import { describe, expect, it } from 'vitest';
import { choicesSha256, configSha256 } from '../../../src/config/config-hash.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { sampleConfig, smallConfig } from '../../support/sample-configs.ts';

const hashOf = (text: string) => configSha256(parseConfig(text, 'q.yml'));

describe('configSha256', () => {
  it.each([
    ['a budget', 'max-drop: 1.0pp', 'max-drop: 2.0pp'],
    ['a pinned range', 'beta: 5.2', 'beta: 5.3'],
    ['the order of a recipe', '[equalize, correct-bias, round]', '[correct-bias, equalize, round]'],
    ['a layer of another precision', 'activation-bits: 12', 'activation-bits: 13'],
    ['the data of an input', 'image: data/inputs.npy', 'image: data/other.npy'],
    ['a target', '- tensorrt', '- ncnn'],
    ['an architecture', 'chip: snpe', 'chip: snpe-v73'],
  ])('is another with %s', (_, from, to) => {
    expect(hashOf(sampleConfig.replace(from, to))).not.toBe(hashOf(sampleConfig));
  });

  it.each([
    ['a comment', 'version: 1', '# the best\nversion: 1'],
    ['where it speaks', 'comment: on-failure', 'comment: always'],
    ['where baselines are kept', 'baselines/main', 'elsewhere'],
    ['a default that is written out', 'range: [0, 500]', '"range": [0, 500]'],
    ['another name of a target', '- tensorrt', '- Jetson'],
    ['another name of a chip', 'chip: cambricon', 'chip: MLU'],
    ['an architecture that is the default', '- snpe', '- htp-v85'],
    ['an architecture that is written out', 'chip: snpe', 'chip: Qualcomm\n        arch: V85'],
  ])('is the same with %s', (_, from, to) => {
    expect(hashOf(sampleConfig.replace(from, to))).toBe(hashOf(sampleConfig));
  });
});

describe('choicesSha256', () => {
  const shaOf = (target: string) =>
    choicesSha256(
      parseConfig(smallConfig.replace('[cambricon]', `[${target}]`), 'q.yml').models[0].targets[0],
    );

  it('is that of ranges, recipe and layers, and of nothing else', () => {
    const plain = shaOf('cambricon');
    expect(shaOf('{ chip: cambricon, weight-bits: 4 }')).toBe(plain);
    const others = [
      '{ chip: cambricon, ranges: { a: { alpha: 0, beta: 1 } } }',
      '{ chip: cambricon, recipe: [round] }',
      '{ chip: cambricon, recipe: [round, equalize] }',
      '{ chip: cambricon, recipe: [equalize, round] }',
      '{ chip: cambricon, layers: { a: { float: true } } }',
      '{ chip: cambricon, layers: { a: { activation-bits: 16 } } }',
    ].map(shaOf);
    expect(new Set([plain, ...others]).size).toBe(7);
  });
});
