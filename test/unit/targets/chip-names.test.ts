import { describe, expect, it } from 'vitest';
import { canonicalId, chipNamed, chipNames, chipPattern, chips } from '../../../src/targets/chip-names.ts';

describe('chipNamed', () => {
  it.each([
    ['snpe', 'snpe'],
    ['QNN', 'snpe'],
    ['htp', 'snpe'],
    ['Hexagon', 'snpe'],
    ['qualcomm', 'snpe'],
    ['TRT', 'tensorrt'],
    ['Jetson', 'tensorrt'],
    ['orin', 'tensorrt'],
    ['nvidia', 'tensorrt'],
    ['xavier', 'tensorrt'],
    ['thor', 'tensorrt'],
    ['MLU', 'cambricon'],
    ['MagicMind', 'cambricon'],
    ['cnrt', 'cambricon'],
    ['rockchip', 'rknn'],
    ['RK3588', 'rknn'],
    ['rk3568', 'rknn'],
    ['ORT', 'onnxruntime'],
    ['onnx-runtime', 'onnxruntime'],
    ['huawei', 'ascend'],
    ['Atlas', 'ascend'],
    ['cann', 'ascend'],
  ])('%s is %s', (name, chip) => {
    expect(chipNamed(name)).toEqual({ chip });
  });

  it('understands an architecture behind any name of Hexagon', () => {
    expect(chipNamed('htp-v73')).toEqual({ chip: 'snpe', arch: 'v73' });
    expect(chipNamed('Hexagon_V68')).toEqual({ chip: 'snpe', arch: 'v68' });
    expect(chipNamed('snpe-v66')).toEqual({ chip: 'snpe', arch: 'v66' });
  });

  it.each(['', 'v73', 'htp-v74', 'rknn-v73', 'htp-v73-v75', 'tensor', 'constructor', 'snpe-w4a8'])(
    '%j is none',
    (name) => {
      expect(chipNamed(name)).toBeUndefined();
    },
  );

  it.each(['snpe', 'Jetson', 'HTP-v73', 'hexagon_V85', 'RK3588'])(
    '%s is in the pattern of them all',
    (name) => {
      expect(name).toMatch(chipPattern);
    },
  );

  it.each(['', 'tpu', 'htp-v74', 'xhtp', 'htp-v730', 'rknn-v73'])('%j is not', (name) => {
    expect(name).not.toMatch(chipPattern);
  });

  it('means each name once, and all of them in small letters', () => {
    expect(new Set(chipNames).size).toBe(chipNames.length);
    for (const name of chipNames) expect(name).toBe(name.toLowerCase());
    for (const chip of chips) expect(chipNamed(chip)).toEqual({ chip });
  });
});

describe('canonicalId', () => {
  it.each([
    ['snpe', 'snpe'],
    ['HTP', 'snpe'],
    ['htp-v73-per-channel', 'snpe-v73-per-channel'],
    ['qnn-w4a8-kl', 'snpe-w4a8-kl'],
    ['snpe-v85', 'snpe'],
    ['hexagon-v85-native', 'snpe-native'],
    ['onnx-runtime-per-tensor', 'onnxruntime-per-tensor'],
    ['jetson', 'tensorrt'],
    ['tpu-v4', 'tpu-v4'],
  ])('of %s is %s', (id, canonical) => {
    expect(canonicalId(id)).toBe(canonical);
  });
});
