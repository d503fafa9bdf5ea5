import { describe, expect, it } from 'vitest';
import { gateCorpus } from './gated.ts';

/**
 * What recipes make of models that quantization harms, repaired on calibration samples and measured on the others. The
 * floors are some samples below what was measured, for kernels of other processors sum in another order.
 */
describe('a recipe', () => {
  it('brings back mobilenet-v1-025 with one scale for all channels, which has .0025 without', () => {
    const targets = gateCorpus('mobilenet-v1-025', [
      {
        chip: 'snpe',
        'weight-bits': 8,
        'activation-bits': 8,
        recipe: ['equalize', 'gptq', 'correct-bias'],
      },
    ]);
    expect(targets.get('snpe')!.metric.quantized).toBeGreaterThanOrEqual(0.54);
  });

  it('brings back kws-dscnn with weights of 4 bits and one scale', () => {
    const targets = gateCorpus('kws-dscnn', [
      {
        chip: 'snpe',
        'weight-bits': 4,
        'activation-bits': 8,
        recipe: ['equalize', 'gptq', 'correct-bias'],
      },
    ]);
    expect(targets.get('snpe-w4a8')!.metric.quantized).toBeGreaterThanOrEqual(0.905);
  });

  it('brings back resnet20-cifar10 with weights of 4 bits', () => {
    const targets = gateCorpus('resnet20-cifar10', [
      { chip: 'onnxruntime', 'weight-bits': 4, 'activation-bits': 8, recipe: ['round', 'correct-bias'] },
    ]);
    expect(targets.get('onnxruntime-w4a8')!.metric.quantized).toBeGreaterThanOrEqual(0.8);
  });
});
