import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import type { Target } from './target.ts';

/** The operators whose inputs and outputs ONNX Runtime's static quantizer puts on a grid (its Q/DQ registry). */
const operators = new Set(
  (
    'ArgMax AveragePool Add Clip Concat Conv ConvTranspose Div Gather Gemm GlobalAveragePool LeakyRelu MatMul MaxPool Mul ' +
    'Pad Relu Reshape Resize Sigmoid Slice Softmax Split Squeeze Sub Transpose Unsqueeze Flatten DepthToSpace'
  ).split(' '),
);

/**
 * ONNX Runtime's CPU kernels: uint8 asymmetric activations, int8 symmetric weights per output channel, int32 bias,
 * ties to even. Its quantizer has no default method beyond min/max.
 */
export const onnxruntime: Target = {
  chip: 'onnxruntime',
  title: 'ONNX Runtime int8',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => asymmetricGrid(bits, false) },
  placement: { kind: 'every-activation', operators },
  rounding: 'half-to-even',
  bias: 'int32',
  rescale: 'float32-multiplier',
  nativeRange: 'min-max',
  integerKernels: true,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'int32', maxBits: 16 },
  handOver: '',
};
