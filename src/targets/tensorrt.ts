import { symmetricGrid } from '../numerics/grid.ts';
import type { Target } from './target.ts';

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
  rescale: undefined,
  nativeRange: 'kl',
  integerKernels: false,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  handOver: '',
};
