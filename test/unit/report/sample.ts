import type { JudgedTarget, LayerReport, Report } from '../../../src/report/schema.ts';
import { overallVerdict } from '../../../src/report/schema.ts';

/** A layer with the ranges of its input and its weight. */
export const sampleLayer: LayerReport = {
  name: '/conv1/Conv',
  op: 'Conv',
  tensors: [
    { name: 'input', kind: 'input-activation', alpha: 0, beta: 2.55, scale: 0.01, zeroPoint: 0 },
    {
      name: 'conv1.weight',
      kind: 'weight',
      alpha: -0.635,
      beta: 0.635,
      scale: { channels: 8, min: 0.001, max: 0.005 },
      zeroPoint: 0,
    },
  ],
};

/** A target within its budget. */
export const passing: JudgedTarget = {
  target: 'tensorrt',
  chip: 'tensorrt',
  scheme: { weights: 'per-channel', weightBits: 8, activationBits: 8, range: 'mse' },
  verdict: 'pass',
  reasons: ['drop 0.12 pp [-0.20, 0.44] is within the budget of 1.00 pp'],
  metric: {
    name: 'top1',
    unit: 'fraction',
    fp32: 0.9655,
    quantized: 0.9643,
    drop: 0.0012,
    budget: 0.01,
    confidence: 0.95,
    interval: [-0.002, 0.0044],
    flips: { lost: 9, gained: 6 },
    samples: 2496,
    samplesToDecide: null,
    pValue: 0.6072,
  },
  arithmetic: { rescale: 'float', assumed: '' },
  layers: [sampleLayer],
  notQuantized: [],
  files: ['chips/signs/tensorrt/calibration.cache'],
};

/** A target above its budget, with measured integer kernels and a layer in floating point. */
export const failing: JudgedTarget = {
  ...passing,
  target: 'onnxruntime-w4a8',
  chip: 'onnxruntime',
  scheme: { ...passing.scheme, weightBits: 4, range: 'min-max' },
  verdict: 'fail',
  reasons: ['drop 12.50 pp [11.10, 13.90] is above the budget of 1.00 pp'],
  metric: {
    ...passing.metric,
    quantized: 0.8405,
    drop: 0.125,
    interval: [0.111, 0.139],
    flips: { lost: 330, gained: 18 },
    pValue: 0,
  },
  realInt8: { quantized: 0.8401, drop: 0.1254, agreement: 0.9992, differing: 2 },
  notQuantized: [{ layer: '/lstm/LSTM', op: 'LSTM', why: 'recurrent operators are not emulated' }],
  files: [],
};

/** A report on one model with these targets. */
export function sampleReport(
  targets: Report['models'][number]['targets'],
  rest: Partial<Report> = {},
): Report {
  const models: Report['models'] = [
    {
      name: 'signs',
      modelSha256: 'ab'.repeat(32),
      dataSha256: 'cd'.repeat(32),
      opset: 17,
      calibrationSamples: 256,
      baseline: {
        state: 'compared',
        metric: 'top1',
        value: 0.9655,
        sha: '0123456789abcdef'.repeat(3).slice(0, 40),
        sha256: 'ef'.repeat(32),
        date: '2025-12-30T12:00:00.000Z',
      },
      targets,
    },
  ];
  return {
    version: 1,
    tool: { name: 'quantgate', version: '0.1.0' },
    head: null,
    configSha256: '12'.repeat(32),
    verdict: overallVerdict({ models, ...rest }),
    provider: 'cpu',
    models,
    warnings: [],
    times: { date: '2026-01-02T03:04:05.678Z', seconds: { calibrate: 1.5 } },
    ...rest,
  };
}
