import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load-config.ts';
import { modelYaml } from '../../../src/config/model-yaml.ts';

const whole = `version: 1
models:
  - name: signs
    path: models/signs.onnx
    reference: models/fp32.onnx
    preprocess: { scale: 0.5, mean: [0.5, 0.4, 0.3], std: [0.25], bgr: true }
    calibration: { inputs: { image: data/a.npy, "odd: name": data/b.npy }, range: [0, 500] }
    evaluation: { inputs: data/inputs.npy, range: [500, 2500], labels: data/labels.npy, metric: { name: top5, output: scores } }
    targets:
      - tensorrt
      - htp-v73
      - { chip: tensorrt, precision: fp8, range: min-max }
      - { chip: snpe, arch: v66, weights: per-tensor, weight-bits: 4, encodings: 1.0.0 }
      - { chip: cambricon, weights: per-channel, weight-bits: 8, activation-bits: 16, range: percentile }
      - { chip: rknn, ranges: { "stem/relu6": { alpha: 0, beta: 4.9 } } }
      - { chip: onnxruntime, recipe: [equalize, round], layers: { "head/conv": { activation-bits: 16 }, fc: { weight-bits: 12 } } }
      - { chip: onnxruntime, weight-bits: 4, activation-bits: float, block-size: 32 }
      - { chip: tensorrt, float: fp32, layers: { "head/conv": { float: true } } }
    range: kl
    ranges: { "stem/relu6": { alpha: 0, beta: 5.2 } }
    recover: { when: always, minutes: 3 }
    budget:
      max-drop: 1.0pp
      max-regression: 1%
      min-accuracy: 90%
      max-bits-lost: { value: 1.5, except: [attention/mask] }
      min-effective-bits: 3
      min-sqnr-db: 12
      confidence: 0.9
      on-inconclusive: fail
`;
const least = `version: 1
models:
  - name: tiny
    path: tiny.onnx
    calibration: { inputs: inputs.npy }
    evaluation: { inputs: inputs.npy, metric: ./metric.mjs }
    targets: [snpe]
    budget: { max-drop: 0.5 }
`;

describe('the text of a model of the configuration', () => {
  it.each([
    ['with everything', whole],
    ['with defaults alone', least],
  ])('says what was read, %s', (_, text) => {
    const { models } = parseConfig(text, 'quantgate.yml');
    const again = `version: 1\nmodels:\n${modelYaml(models[0]).replace(/^/gm, '  ')}`;
    expect(parseConfig(again, 'again.yml').models).toEqual(models);
  });
});
