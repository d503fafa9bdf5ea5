import { describe, expect, it } from 'vitest';
import { type CorpusModel, metaOf, models } from '../support/corpus.ts';
import { gateCorpus } from './gated.ts';

/** The figure of `meta.json` for FP32 or for the Python quantizer's INT8. */
function reference(model: CorpusModel, kind: 'fp32' | 'int8'): number {
  const { reference: all } = metaOf(model);
  const key = { fastestdet: 'map50', 'sed-unet': 'psnr_db' }[model as string] ?? 'top1';
  if (kind === 'fp32') return all.fp32[key] as number;
  const { per_channel, per_tensor } = all['onnxruntime_python_1.30_minmax'];
  // Its quantizer throws on mnist-cnn per channel.
  const figures = (typeof per_channel === 'string' ? per_tensor : per_channel) as Record<string, number>;
  return figures[key];
}

describe.each(models)('%s', (model) => {
  const inDecibel = model === 'sed-unet';

  it('has the FP32 metric of meta.json and keeps its accuracy in INT8 with the default ranges', () => {
    const targets = gateCorpus(model, ['onnxruntime', 'tensorrt']);
    const onnxruntime = targets.get('onnxruntime')!;
    const tensorrt = targets.get('tensorrt')!;
    expect(Math.abs(onnxruntime.metric.fp32 - reference(model, 'fp32'))).toBeLessThanOrEqual(
      inDecibel ? 0.05 : 0.001,
    );
    const floor = reference(model, 'int8') - (inDecibel ? 0.2 : 0.01);
    expect(onnxruntime.metric.quantized).toBeGreaterThanOrEqual(floor);
    if (model !== 'mobilenet-v1-025') expect(tensorrt.metric.quantized).toBeGreaterThanOrEqual(floor);
    if (model !== 'fastestdet' && !inDecibel)
      expect(onnxruntime.realInt8!.agreement).toBeGreaterThanOrEqual(0.99);
  });
});

describe('mobilenet-v1-025, whose weight channels differ 50 to 200 times', () => {
  it('collapses per tensor and keeps the Python quantizer’s accuracy per channel, by every range method', () => {
    const methods = ['min-max', 'percentile', 'kl', 'mse', 'aciq'] as const;
    const targets = gateCorpus('mobilenet-v1-025', [
      {
        chip: 'onnxruntime',
        weights: 'per-tensor',
        'weight-bits': 8,
        'activation-bits': 8,
        range: 'min-max',
      },
      ...methods.map((range) => ({
        chip: 'onnxruntime' as const,
        'weight-bits': 8,
        'activation-bits': 8,
        range,
      })),
    ]);
    expect(targets.get('onnxruntime-per-tensor-min-max')!.metric.quantized).toBeLessThanOrEqual(0.05);
    const minMax = targets.get('onnxruntime-min-max')!;
    expect(Math.abs(minMax.metric.quantized - 0.5375)).toBeLessThanOrEqual(2 / 400 + 1e-9);
    expect(minMax.realInt8!.agreement).toBeGreaterThanOrEqual(0.99);
    expect(targets.size).toBe(6);
  });
});
