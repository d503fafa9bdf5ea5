import { describe, expect, it } from 'vitest';
import { checkExceptions } from '../../../src/config/exceptions.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { smallConfig } from '../../support/sample-configs.ts';

const modelWith = (limits: string) =>
  parseConfig(smallConfig.replace('max-drop: 0.5', `max-drop: 0.5, ${limits}`), 'q.yml').models[0];

describe('limits of a budget', () => {
  it('are a number or a number with exceptions', () => {
    const { budget } = modelWith('max-bits-lost: 1, min-sqnr-db: { value: 20, except: [fc] }');
    expect(budget).toMatchObject({
      maxBitsLost: { value: 1, except: [] },
      minSqnrDb: { value: 20, except: ['fc'] },
    });
    expect(budget.minEffectiveBits).toBeUndefined();
  });

  it.each([
    ['max-bits-lost: -1', 'models[0].budget.max-bits-lost: must be at least 0'],
    ['max-bits-lost: one', 'max-bits-lost: must be a number from 0 to 16, or a map { value, except }'],
    ['min-sqnr-db: { value: x }', 'min-sqnr-db.value: '],
    ['min-sqnr-db: { value: 1, exept: [] }', 'unknown key "exept": did you mean "except"?'],
    [
      'min-effective-bits: 8.5',
      'q.yml:8:50: models[0].budget.min-effective-bits: no target can keep that: the widest grid has 8 bits',
    ],
  ])('refuses %s', (limits, message) => {
    expect(() => modelWith(limits)).toThrow(message);
  });

  it('takes the widest grid of all targets', () => {
    const text = smallConfig
      .replace('[cambricon]', '[cambricon, { chip: snpe, activation-bits: 16 }]')
      .replace('max-drop: 0.5', 'max-drop: 0.5, min-effective-bits: { value: 10 }');
    expect(parseConfig(text, 'q.yml').models[0].budget.minEffectiveBits?.value).toBe(10);
  });
});

describe('exceptions', () => {
  const check = (limits: string) =>
    checkExceptions(modelWith(limits), ['conv1/relu', 'conv1.weight'], ['conv1']);

  it('may name quantized tensors, and layers for min-sqnr-db', () => {
    check('max-bits-lost: { value: 1, except: [conv1.weight] }, min-sqnr-db: { value: 1, except: [conv1] }');
  });

  it('name the closest of what they do not know, or examples', () => {
    expect(() => check('max-bits-lost: { value: 1, except: [conv1/rellu] }')).toThrow(
      'small: budget: max-bits-lost: except: "conv1/rellu" is no tensor that a target quantizes: did you mean "conv1/relu"?',
    );
    expect(() => check('min-sqnr-db: { value: 1, except: [softmax] }')).toThrow(
      '"softmax" is no layer that a target quantizes: use names such as "conv1"',
    );
  });
});
