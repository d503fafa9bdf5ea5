import type { JudgedTarget, LayerReport, Report } from '../../src/report/report-schema.ts';
import { overallVerdict } from '../../src/report/report-schema.ts';

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
  reasons: ['by quantization: drop 0.12 pp [-0.20, 0.44] is within the budget of 1.00 pp'],
  metric: {
    verdict: 'pass',
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

/** The same with an estimate of which layers cost it the most. */
export const estimated: JudgedTarget = {
  ...passing,
  layers: [
    { ...sampleLayer, sqnrDb: 28.1, clipRate: 0 },
    { ...sampleLayer, name: 'fc', op: 'Gemm' },
  ],
  likelyLeaders: {
    layers: [
      { layer: 'fc', impact: 0.002 },
      { layer: '/conv1/Conv', impact: 0.0005 },
    ],
    measured: 2,
    fullNsr: 0.004,
    probeSamples: 2,
    probesCalibrated: false,
  },
};

/** A target that is worse than the base branch, for its training. */
export const regressed: JudgedTarget = {
  ...passing,
  target: 'ascend',
  chip: 'ascend',
  verdict: 'fail',
  reasons: [
    'by training: FP32 drop 1.49 pp [1.00, 2.00] since the base; on the chip, beside the quantized base: drop 1.60 pp [1.10, 2.10] is above the budget of 1.00 pp',
    ...passing.reasons,
  ],
  base: {
    fp32: 0.9804,
    int8: 0.9803,
    training: { drop: 0.0149, interval: [0.01, 0.02], flips: { lost: 40, gained: 3 } },
    onChip: {
      drop: 0.016,
      interval: [0.011, 0.021],
      flips: { lost: 45, gained: 5 },
      verdict: 'fail',
      budget: 0.01,
      against: 'int8',
    },
    history: [0.971, 0.9755, 0.979, 0.9803].map((int8, i) => ({
      int8,
      date: `2026-11-0${i + 1}T04:17:00.000Z`,
      commit: `${i + 1}`.repeat(40),
    })),
  },
  sinceBase: {
    ranges: [
      { tensor: 'input', before: [0, 1.5], after: [0, 2.55] },
      { tensor: 'head/out', before: null, after: [-4, 4] },
    ],
    layers: [{ layer: '/conv1/Conv', before: 0.0002, after: 0.0031 }],
    more: { ranges: 3, layers: 0 },
  },
};

/** A target above its budget, with measured integer kernels and a layer in floating point. */
export const failing: JudgedTarget = {
  ...passing,
  target: 'onnxruntime-w4a8',
  chip: 'onnxruntime',
  scheme: { ...passing.scheme, weightBits: 4, range: 'min-max' },
  verdict: 'fail',
  reasons: ['by quantization: drop 12.50 pp [11.10, 13.90] is above the budget of 1.00 pp'],
  metric: {
    ...passing.metric,
    verdict: 'fail',
    quantized: 0.8405,
    drop: 0.125,
    interval: [0.111, 0.139],
    flips: { lost: 330, gained: 18 },
    pValue: 0,
  },
  realInt8: {
    quantized: 0.8401,
    drop: 0.1254,
    agreement: 62 / 64,
    differing: 2,
    judges: true,
    beside: { samples: 64, quantized: 0.8438, emulated: 0.8438, contradicts: false },
  },
  notQuantized: [{ layer: '/lstm/LSTM', op: 'LSTM', why: 'recurrent operators are not emulated' }],
  files: [],
};

const shares = {
  weightRound: 0.98,
  weightClip: 0,
  activationRound: 0.015,
  activationClip: 0.003,
  output: 0.002,
};

/** A target whose error was attributed: one layer costs the most, two ranges can be better. */
export const attributed: JudgedTarget = {
  ...failing,
  target: 'snpe',
  chip: 'snpe',
  scheme: { weights: 'per-tensor', weightBits: 8, activationBits: 8, range: 'min-max' },
  minEffectiveBits: 2.4,
  maxBitsLost: 1.31,
  additivity: 1.12,
  attribution: {
    fullNsr: 0.082,
    ranking: 'alone',
    destroyed: false,
    probeSamples: 8,
    probesCalibrated: false,
  },
  layers: [
    {
      ...sampleLayer,
      rank: 2,
      impact: 0.012,
      worstSample: 0.3,
      cumulativeNsr: 0.004,
      clipRate: 0,
      sqnrDb: 28.1,
      shares: { ...shares, weightRound: 0.2, activationRound: 0.795 },
      tensors: [
        {
          ...sampleLayer.tensors[0],
          effectiveBits: 5.6,
          bitsLost: 1.31,
          clipShare: 0,
          span: 7.9,
          suggested: { alpha: 0, beta: 1.02, predictedGainDb: 7.89 },
        },
      ],
    },
    {
      name: 'dw13/conv',
      op: 'Conv',
      rank: 1,
      impact: 0.05,
      worstSample: 0.2,
      cumulativeNsr: 0.05,
      clipRate: 0.001,
      sqnrDb: 9.3,
      shares,
      tensors: [
        {
          name: 'r12',
          kind: 'input-activation',
          alpha: 0,
          beta: 6,
          scale: 0.0235,
          zeroPoint: 0,
          bitsLost: 0.002,
        },
        {
          name: 'dw13.weight',
          kind: 'weight',
          alpha: -8,
          beta: 8,
          scale: 0.0627,
          zeroPoint: 128,
          effectiveBits: 2.4,
          bitsLost: 0.01,
          span: 8,
          channelPrecision: { channels: 256, leastBits: 1.1, medianBits: 2.2, under4Bits: 230 },
        },
      ],
    },
    { name: 'fc', op: 'Gemm', rank: 3, impact: 0.0004, cumulativeNsr: 0.08, tensors: [] },
  ],
  suggestion: {
    changes: [
      { tensor: 'input', alpha: 0, beta: 1.02, predictedGainDb: 7.89, predictedGainBits: 1.31 },
      { tensor: 'r3', alpha: -0.5, beta: 4.25, predictedGainDb: 1.2, predictedGainBits: 0.2 },
    ],
    measured: { quantized: 0.9012, drop: 0.0643, outputGainDb: 2.4 },
  },
  rangeMethods: [
    { range: 'kl', outputNsr: 0.061, isUsed: false },
    { range: 'min-max', outputNsr: 0.082, isUsed: true },
  ],
  remedies: [
    {
      unit: 'dw13/conv',
      cause: { share: 'weightRound', value: 0.98 },
      action: 'per-channel-weights',
      sentence:
        'Use per-channel weights: the channels of "dw13.weight" differ 120 times, so most keep 2 of 8 bits.',
    },
  ],
};

/** A target whose recovery found a recipe that keeps the budgets. */
export const recovered: JudgedTarget = {
  ...attributed,
  recovery: {
    plan: {
      kind: 'recipe',
      standing: 'keeps',
      changes: { recipe: ['equalize', 'correct-bias'] },
      measured: {
        quantized: 0.9635,
        drop: 0.002,
        interval: [-0.0015, 0.0055],
        confidence: 0.975,
        verdict: 'pass',
        samplesToDecide: null,
      },
      reasons: ['by quantization: drop 0.20 pp [-0.15, 0.55] is within the budget of 1.00 pp'],
      files: ['recovered/signs/snpe/encodings.json', 'recovered/signs/snpe/model.onnx'],
    },
    attempts: [
      {
        kind: 'ranges',
        ranges: 2,
        outputNsr: 0.047,
        measured: { quantized: 0.9012, drop: 0.0643, verdict: 'fail' },
      },
      { kind: 'recipe', recipe: ['gptq', 'correct-bias'], outputNsr: 0.02 },
      {
        kind: 'recipe',
        recipe: ['equalize', 'correct-bias'],
        outputNsr: 0.004,
        measured: { quantized: 0.9635, drop: 0.002, verdict: 'pass' },
      },
    ],
  },
};

/** A target of which layers in higher precision are the best that was found. */
export const improved: JudgedTarget = {
  ...attributed,
  recovery: {
    plan: {
      kind: 'precision',
      standing: 'misses',
      changes: {
        recipe: ['round'],
        layers: { 'dw13/conv': { activationBits: 16, weightBits: 16 }, fc: { activationBits: 16 } },
      },
      measured: {
        quantized: 0.9505,
        drop: 0.015,
        interval: [0.011, 0.019],
        confidence: 0.99,
        verdict: 'fail',
        samplesToDecide: null,
      },
      reasons: ['by quantization: drop 1.50 pp [1.10, 1.90] is above the budget of 1.00 pp'],
      cost: { layers: 2, unitShare: 0.67, multiplicationShare: 0.31, weightBytes: 10_240 },
      files: [],
    },
    attempts: [
      {
        kind: 'recipe',
        recipe: ['round'],
        outputNsr: 0.02,
        measured: { quantized: 0.9205, drop: 0.045, verdict: 'fail' },
      },
      {
        kind: 'precision',
        recipe: ['round'],
        layers: 1,
        outputNsr: 0.015,
        measured: { quantized: 0.9405, drop: 0.025, verdict: 'fail' },
      },
      {
        kind: 'precision',
        recipe: ['round'],
        layers: 2,
        outputNsr: 0.011,
        measured: { quantized: 0.9505, drop: 0.015, verdict: 'fail' },
      },
    ],
    curve: [
      { layers: 1, quantized: 0.9405, drop: 0.025 },
      { layers: 2, quantized: 0.9505, drop: 0.015 },
    ],
    isCut: true,
  },
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
