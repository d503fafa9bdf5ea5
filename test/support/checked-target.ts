import type { CheckedTarget } from '../../src/verification/verification-schema.ts';

const tensor = (layer: string, equalShare: number, largestStep: number, sqnrDb: number | null) => ({
  layer,
  tensor: `${layer}/out`,
  equalShare,
  largestStep,
  sqnrDb,
});

/** A target whose library does not do what was predicted. */
export const checkedTarget: CheckedTarget = {
  target: 'snpe',
  chip: 'snpe',
  outcome: 'differs',
  reasons: ['the metric differs by -1.80 pp [-3.40, -0.60] pp, more than 0.30 pp'],
  source: 'library',
  library: 'Qualcomm HTP',
  version: '2.31',
  metric: {
    name: 'top1',
    unit: 'fraction',
    fp32: 0.925,
    predicted: 0.914,
    measured: 0.896,
    difference: -0.018,
    interval: [-0.034, -0.006],
    confidence: 0.95,
  },
  samples: 400,
  equalShare: 0.975,
  sqnrDb: 21.25,
  layers: {
    samples: 8,
    along: [tensor('a', 1, 0, null), tensor('b', 0.9998, 1, 61.5), tensor('c', 0.7, 12, 18.2)],
    first: tensor('b', 0.9998, 1, 61.5),
    worst: tensor('c', 0.7, 12, 18.2),
  },
  notes: ['12 of 12 layers run in int8'],
};
