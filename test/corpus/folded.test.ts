import { describe, expect, it } from 'vitest';
import { gateCorpus } from './gated.ts';

describe.each(['kws-dscnn', 'mobilenet-v1-025'] as const)('%s with BatchNormalization unfolded', (model) => {
  it('has the accuracy of the folded model', () => {
    const [folded, unfolded] = [
      gateCorpus(model, ['onnxruntime']),
      gateCorpus(model, ['onnxruntime'], { file: 'model_bn.onnx' }),
    ].map((targets) => targets.get('onnxruntime')!.metric);
    expect(Math.abs(unfolded.fp32 - folded.fp32)).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(unfolded.quantized - folded.quantized) * folded.samples).toBeLessThanOrEqual(2.001);
  });
});
