import { asymmetricGrid } from '../numerics/grid.ts';
import { onnxruntime } from './onnxruntime.ts';
import type { LayerShape, Target } from './target.ts';

const HAND_OVER = `
\`model.nbits.onnx\` is the model with its matrix products as MatMulNBits, ONNX Runtime's operator for weights of 4 or 8
bits with a scale and a zero point for each block; all else stays in floating point. It runs on the CPU, CUDA and WebGPU
providers, and on others that have the operator:

\`\`\`python
import onnxruntime as ort

session = ort.InferenceSession("model.nbits.onnx", providers=["CPUExecutionProvider"])
\`\`\`

- Activations are float32. \`accuracy_level\` is not set, so that the CPU multiplies in float32; with 4 it would round
  activations to int8, block by block, which was not measured.
- A Gemm is a MatMulNBits and an Add.
`.trim();

const WEIGHT_BITS = [4, 8];

/** A MatMul or Gemm of a matrix, on its right: the rest of ONNX Runtime's operators take no blocks. */
function isMatrixProduct({ op, weight, input, isPlain }: LayerShape): boolean {
  return (op === 'MatMul' || op === 'Gemm') && weight.length === 2 && input === 1 && isPlain;
}

/**
 * ONNX Runtime with weights alone in integers (`block-size`): uint4 or uint8 with a scale and a zero point for each block
 * of input channels of an output channel (com.microsoft.MatMulNBits in ContribOperators.md), activations in float32.
 */
export const onnxruntimeBlocks: Target = {
  ...onnxruntime,
  title: 'ONNX Runtime MatMulNBits',
  placement: { kind: 'none' },
  noKernel: (layer) =>
    isMatrixProduct(layer) ? undefined : 'MatMulNBits is a product with a matrix on its right',
  blocks: {
    weightBits: WEIGHT_BITS,
    takes: isMatrixProduct,
    grid: (bits) => asymmetricGrid(bits, false),
  },
  bias: 'float',
  arithmetic: { ...onnxruntime.arithmetic, rescale: 'float' },
  widest: { weights: 8, activations: 8 },
  floats: true,
  qdq: { file: 'model.nbits.onnx', bias: 'float', maxBits: 8, operator: 'MatMulNBits' },
  handOver: () => HAND_OVER,
};
