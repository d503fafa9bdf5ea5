import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/** The operators whose inputs and outputs ONNX Runtime's static quantizer puts on a grid (its Q/DQ registry). */
const operators = new Set(
  (
    'ArgMax AveragePool Add Clip Concat Conv ConvTranspose Div Gather Gemm GlobalAveragePool InstanceNormalization ' +
    'LayerNormalization LeakyRelu MatMul MaxPool Mul Pad Relu Reshape Resize Sigmoid Slice Softmax Split Squeeze Sub ' +
    'Transpose Unsqueeze Flatten DepthToSpace'
  ).split(' '),
);

const HAND_OVER = `
\`model.qdq.onnx\` is the model with int8 weights and explicit Q/DQ, in ONNX's own operators. ONNX Runtime fuses it into
its int8 kernels when it loads it:

\`\`\`python
import onnxruntime as ort

options = ort.SessionOptions()
options.add_session_config_entry("session.x64quantprecision", "1")  # x86 without VNNI, see below
session = ort.InferenceSession("model.qdq.onnx", options, providers=["CPUExecutionProvider"])
\`\`\`

- On x86 without VNNI (AVX2 servers, many CI runners) the kernels for uint8 activations and int8 weights add products
  in pairs at int16 and saturate. \`session.x64quantprecision\` turns the weights into uint8, which is exact and takes
  twice as long with VNNI: set it where it is needed, as this run did. Arm and x86 with VNNI do not need it.
- A layer of more than 8 bits has 16-bit Q/DQ, which is of opset 21 (ONNX Runtime 1.18 and later). No kernel has 16-bit
  integers: it is computed in float between them.
- Execution providers other than the CPU's may leave the Q/DQ in place and compute in float.
`.trim();

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
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float-multiplier',
    assumed: '',
  },
  widest: { weights: 16, activations: 16 },
  floats: false,
  nativeRange: 'min-max',
  integerKernels: true,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'int32', maxBits: 16 },
  consumer: 'onnxruntime',
  handOver: () => HAND_OVER,
};
