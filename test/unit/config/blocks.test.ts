import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '../../../src/config/config.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { smallConfig } from '../../support/sample-configs.ts';

const configOf = (target: string) => {
  const config = parse(smallConfig);
  config.models[0].targets = [parse(target)];
  return config;
};

function saidOf(target: string): string[] {
  const { error } = configSchema.safeParse(configOf(target));
  return (error?.issues ?? []).map(({ path, message }) => `${path.slice(4).join('.')}: ${message}`);
}

const ort = '{ chip: onnxruntime, weight-bits: 4, activation-bits: float, block-size: 32 }';
const htp = '{ chip: snpe, weight-bits: 4, activation-bits: 16, block-size: 64 }';

describe('block-size', () => {
  it('is part of what a target is called', () => {
    const idOf = (target: string) =>
      resolveConfig(configSchema.parse(configOf(target))).models[0].targets[0].id;
    expect([ort, htp].map(idOf)).toEqual(['onnxruntime-w4a32-block32', 'snpe-w4a16-block64']);
  });

  it.each([
    [
      ort.replace('onnxruntime', 'tensorrt'),
      'block-size: tensorrt takes no weights in blocks, only onnxruntime, snpe',
    ],
    [
      '{ chip: tensorrt, precision: fp8, block-size: 32 }',
      'block-size: goes with integers, not with fp8: leave one of them out',
    ],
    [
      ort.replace('float', '8'),
      'activation-bits: ONNX Runtime MatMulNBits reads floating point: say activation-bits: float',
    ],
    [
      htp.replace('16', 'float'),
      'activation-bits: Qualcomm HTP with weights in blocks reads integers: give it 8 or 16',
    ],
    [ort.replace('weight-bits: 4', 'weight-bits: 6'), 'weight-bits: weights in blocks have 4 or 8 bits'],
    [htp.replace('weight-bits: 4', 'weight-bits: 8'), 'weight-bits: weights in blocks have 4 bits'],
    [
      ort.replace(' }', ', layers: { a: { weight-bits: 5 } } }'),
      'layers.a.weight-bits: weights in blocks have 4 or 8 bits',
    ],
    [ort.replace('32', '48'), 'block-size: must be one of 16, 32, 64, 128, 256'],
    [
      '{ chip: onnxruntime, activation-bits: float }',
      'activation-bits: float goes with block-size, for weights in blocks',
    ],
  ])('is refused in one line where it makes no sense: %s', (target, said) => {
    expect(saidOf(target)).toEqual([said]);
  });

  it('lets a layer have other bits where others are no blocks', () => {
    expect(saidOf(htp.replace(' }', ', layers: { a: { weight-bits: 8 } } }'))).toEqual([]);
  });
});
