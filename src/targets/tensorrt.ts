import { symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * NVIDIA Jetson with TensorRT, explicit quantization: int8 symmetric, weights per output channel, activations per
 * tensor, at the inputs of convolutions and matrix products and of residual additions, ties to even, clamp
 * [−128, 127] (IQuantizeLayer in NvInfer.h); bias and rescale in float32. Its own calibration is "entropy 2" (KL).
 */
export const tensorrt: Target = {
  chip: 'tensorrt',
  title: 'NVIDIA Jetson / TensorRT',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  placement: { kind: 'operator-inputs', residualAdd: true },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      "today's kernels are closed: int32 accumulator, float32 rescale and bias as in NVIDIA's GTC 2017 talk s7310",
  },
  nativeRange: 'kl',
  integerKernels: false,
  formats: [],
  qdq: undefined,
  handOver: '',
};
