import { describe, expect, it } from 'vitest';
import { changesWords } from '../../../src/config/changes-words.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { renamedTargets } from '../../../src/config/renamed-targets.ts';
import { smallConfig } from '../../support/sample-configs.ts';

const pin = { tensor: 'x', alpha: 0, beta: 1 };

describe('what is written, in words', () => {
  it('counts layers and ranges, and names the rest', () => {
    expect(changesWords({ pins: [pin] })).toBe('1 range');
    expect(changesWords({ pins: [pin, { ...pin, tensor: 'y' }], recipe: ['round'] })).toBe(
      'recipe and 2 ranges',
    );
    const layers = new Map([['conv', { activationBits: 16 }]]);
    expect(changesWords({ pins: [], weights: 'per-channel', range: 'kl', layers })).toBe(
      'granularity of weights, range method and 1 layer',
    );
  });
});

describe('targets that have another name afterwards', () => {
  const config = (targets: string) => parseConfig(smallConfig.replace('[cambricon]', targets), 'q.yml');

  it('are those whose name their options are part of', () => {
    const before = config('[cambricon, snpe]');
    const after = config(
      '[{ chip: cambricon, recipe: [round] }, { chip: snpe, weights: per-channel, range: kl }]',
    );
    expect(renamedTargets(before, after)).toEqual(
      new Map([['small', new Map([['snpe', 'snpe-per-channel-kl']])]]),
    );
    expect(renamedTargets(before, before)).toEqual(new Map());
  });
});
