import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pasteBlock } from '../../../src/report/markdown-paste.ts';
import { targetItem } from '../../../src/report/target-item.ts';
import { attributed } from '../../support/sample-reports.ts';

const configured = {
  target: 'snpe-w4a16-per-channel-kl',
  chip: 'snpe',
  scheme: {
    weights: 'per-channel',
    weightBits: 4,
    activationBits: 16,
    range: 'kl',
    encodings: '1.0.0',
    recipe: ['equalize'],
    layers: { a: { weightBits: 8 }, b: { float: true } },
    ranges: { x: { alpha: 0, beta: 1 }, y: { alpha: -1, beta: 1 } },
  },
} as const;

const entry = (
  changes: Parameters<typeof targetItem>[1],
  target: Parameters<typeof targetItem>[0] = configured,
) => parse(targetItem(target, changes));

describe('the whole entry of a target', () => {
  it('keeps a precision in place of integers', () => {
    const { encodings: _, ...scheme } = configured.scheme;
    const fp8 = { ...scheme, precision: 'fp8', weightBits: 8, activationBits: 8 } as const;
    const [given] = entry({ pins: [] }, { target: 'tensorrt-fp8', chip: 'tensorrt', scheme: fp8 });
    expect(given).toMatchObject({ chip: 'tensorrt', precision: 'fp8' });
    expect(given).not.toHaveProperty('weight-bits');
  });

  it('keeps all that the target says and a change does not', () => {
    expect(entry({ pins: [] })).toEqual([
      {
        chip: 'snpe',
        'weight-bits': 4,
        'activation-bits': 16,
        encodings: '1.0.0',
        weights: 'per-channel',
        range: 'kl',
        recipe: ['equalize'],
        layers: { a: { 'weight-bits': 8 }, b: { float: true } },
        ranges: { x: { alpha: 0, beta: 1 }, y: { alpha: -1, beta: 1 } },
      },
    ]);
  });

  it('has the changes in place of what they replace', () => {
    const layers = new Map([['a', { activationBits: 16 }]]);
    const pins = [{ tensor: 'y', alpha: 0, beta: 3 }];
    expect(
      entry({ weights: 'per-tensor', range: 'mse', recipe: ['gptq', 'correct-bias'], layers, pins }),
    ).toEqual([
      expect.objectContaining({
        weights: 'per-tensor',
        range: 'mse',
        recipe: ['gptq', 'correct-bias'],
        layers: { a: { 'activation-bits': 16 }, b: { float: true } },
        ranges: { x: { alpha: 0, beta: 1 }, y: { alpha: 0, beta: 3 } },
      }),
    ]);
  });

  it('does not say what is the default', () => {
    expect(entry({ recipe: ['gptq'], pins: [] }, attributed)).toEqual([{ chip: 'snpe', recipe: ['gptq'] }]);
  });

  it('is left out where it is long: the keys that change are added', () => {
    const ranges = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`t${i}`, { alpha: 0, beta: 1 }]));
    const paste = (tensor: string) =>
      pasteBlock(
        { ...configured, scheme: { ...configured.scheme, layers: {}, ranges } },
        { pins: [{ tensor, alpha: 0, beta: 2 }] },
        { isApplied: false },
      );
    expect(paste('t0')).toContain('```yaml\n- chip: snpe\n');
    expect(paste('new')).toBe(
      'Add these keys to this target\'s entry in `targets:`:\n\n```yaml\nranges:\n  "new": { alpha: 0, beta: 2 }\n```',
    );
  });
});
