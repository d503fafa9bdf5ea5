import { ncnnTable } from '../formats/ncnn-table.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * ncnn on Arm and x86: int8 symmetric on [−127, 127], weights per output channel, activations per tensor at the
 * inputs of layers, ties away from zero, bias and rescale in float32, with inverse steps (ncnn's src/layer/quantize.cpp
 * and requantize.cpp; ncnn's kernels give the same bits, see docs/verification.md). `ncnn2table` chooses ranges by KL. It computes deconvolutions in float, here they are quantized.
 */
export const ncnn: Target = {
  chip: 'ncnn',
  title: 'ncnn int8',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  placement: { kind: 'operator-inputs', residualAdd: 'none' },
  rounding: 'half-away-from-zero',
  bias: 'float',
  arithmetic: { accumulatorBits: wideEnough, rescale: 'float', inverseSteps: true, assumed: '' },
  widest: { weights: 8, activations: 8 },
  floats: true,
  nativeRange: 'kl',
  integerKernels: false,
  formats: [ncnnTable],
  qdq: undefined,
  consumer: 'ncnn',
  handOver:
    () => `\`ncnn.table\` is the calibration table that \`ncnn2int8\` reads (checked against ncnn's source of 2026):

\`\`\`sh
onnx2ncnn model.onnx model.param model.bin        # or pnnx model.onnx
ncnnoptimize model.param model.bin model-opt.param model-opt.bin 0
ncnn2int8 model-opt.param model-opt.bin model-int8.param model-int8.bin ncnn.table
\`\`\`

- The keys of the table are layer names in \`model-opt.param\`. \`onnx2ncnn\` keeps the names of ONNX nodes, and takes the
  first output's name for a node without one; \`pnnx\` makes its own (\`conv_0\`, \`convrelu_3\`): rename the keys then.
  A layer without a line stays in float, without a warning.
- The table must be for the weights that \`ncnn2int8\` reads: it holds the ranges after BatchNormalization is folded.
- \`ncnn2int8\` quantizes Gemm, MultiHeadAttention, Embed and recurrent layers by itself, whatever the table says.
- Reading of a table stops at an empty line.
- On x86 ncnn's packed kernels of depthwise layers rescale with reciprocals of 12 bits; those of Arm do not.
`,
};
