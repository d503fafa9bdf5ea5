import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '../../../src/config/config.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { smallConfig } from '../../support/sample-configs.ts';

/** What the reader says of a target written so, beside a key of its model. */
function saidOf(target: string, model = {}): string[] {
  const config = parse(smallConfig);
  Object.assign(config.models[0], { targets: [parse(target)], ...model });
  const { error } = configSchema.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.slice(4).join('.')}: ${message}`);
}

const fp8 = (more = '') => `{ chip: tensorrt, precision: fp8${more} }`;

describe('precision: fp8', () => {
  it('is a target of its own name, with the defaults of NVIDIA’s tools', () => {
    const config = parse(smallConfig);
    config.models[0].targets = ['tensorrt', parse(fp8()), parse(fp8(', weights: per-channel'))];
    const { targets } = resolveConfig(configSchema.parse(config)).models[0];
    expect(targets.map(({ id }) => id)).toEqual(['tensorrt', 'tensorrt-fp8', 'tensorrt-fp8-per-channel']);
    expect(targets.map(({ weights }) => weights)).toEqual(['per-channel', 'per-tensor', 'per-channel']);
    expect(targets.map(({ precision }) => precision)).toEqual([undefined, 'fp8', 'fp8']);
  });

  it('takes what does not count integers', () => {
    for (const more of [
      'range: native',
      'range: min-max',
      'recipe: [smooth, correct-bias]',
      'layers: { a: { float: true } }',
    ])
      expect(saidOf(fp8(`, ${more}`))).toEqual([]);
  });

  it.each([
    ['{ chip: snpe, precision: fp8 }', 'precision: snpe has no fp8, only tensorrt'],
    [fp8(', weight-bits: 4'), 'weight-bits: fp8 has 8 bits: leave it out'],
    [fp8(', activation-bits: 16'), 'activation-bits: fp8 has 8 bits: leave it out'],
    [
      fp8(', layers: { a: { activation-bits: 4 } }'),
      'layers.a.activation-bits: fp8 has 8 bits: give it float: true, or leave it out',
    ],
    [fp8(', recipe: [correct-bias, gptq]'), 'recipe.1: rounds integers, and fp8 has none: take it out'],
    [
      fp8(', range: kl'),
      'range: counts integers, and fp8 has none: take one of min-max, percentile, mse, enhanced',
    ],
  ])('refuses what does in one line: %s', (target, said) => {
    expect(saidOf(target)).toEqual([said]);
  });

  it('refuses the method of its model where that counts integers, and takes its own', () => {
    expect(saidOf(fp8(), { range: 'aciq' })).toEqual([
      ': the range of the model, aciq, counts integers, and fp8 has none: take one of min-max, percentile, mse, enhanced',
    ]);
    expect(saidOf(fp8(', range: mse'), { range: 'aciq' })).toEqual([]);
  });
});
