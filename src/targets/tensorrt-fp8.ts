import { e4m3Grid } from '../numerics/grid.ts';
import type { LayerShape, Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';

const handOver: Target['handOver'] = (float) =>
  `
FP8 needs tensor cores that have it: Jetson Thor, Blackwell, Hopper, Ada (compute capability 8.9 and later). Jetson Orin
has none. The file is for the ONNX model of this run. \`/usr/src/tensorrt/bin/trtexec --help\` prints the version.

**\`model.qdq.onnx\`, TensorRT 10 and later** has weights in float8e4m3fn and the scales of weights and activations. There
is no \`calibration.cache\`: it holds scales of int8 alone, and TensorRT calibrates none of FP8.

\`\`\`sh
trtexec --onnx=model.qdq.onnx --fp8${float === 'fp16' ? ' --fp16' : '       '} --saveEngine=model.engine        # 10.x
trtexec --onnx=model.qdq.onnx --stronglyTyped --saveEngine=model.engine     # 10.x, the rest in the types of the file
trtexec --onnx=model.qdq.onnx --saveEngine=model.engine                     # 11.0 and later, types are those of the file
\`\`\`

**Layers in floating point** have no Q/DQ around them: those that the target keeps there, and those that TensorRT has no
FP8 kernel for.

To check the file without the chip, run it in ONNX Runtime with no more than basic graph optimizations
(\`ORT_ENABLE_BASIC\`): with more of them ONNX Runtime 1.30 to 1.32 computes something else on the CPU.
`.trim();

const MULTIPLE = 16;
const LARGEST_KERNEL = 32;

/**
 * What TensorRT has FP8 kernels for, by the rules of NVIDIA's Model Optimizer (modelopt/onnx/quantization/fp8.py): Conv,
 * Gemm, MatMul and residual Add; of convolutions those with 16 channels and more on either side, counted in a group, that
 * can be padded alike to a multiple of 16, and up to 32 places of the kernel.
 */
function noKernel({ op, weight }: LayerShape): string | undefined {
  if (op === 'ConvTranspose') return 'TensorRT has no ConvTranspose in FP8';
  if (op !== 'Conv') return undefined;
  if (weight.length === 0) return 'TensorRT has no FP8 kernel for a Conv whose weight is no constant';
  const [outputs, inputs, ...kernel] = weight;
  if (outputs < MULTIPLE || inputs < MULTIPLE || outputs % MULTIPLE !== inputs % MULTIPLE)
    return `TensorRT has no FP8 kernel for a Conv of ${inputs} input channels in a group and ${outputs} output channels`;
  const places = kernel.reduce((product, d) => product * d, 1);
  return places > LARGEST_KERNEL ? `TensorRT has no FP8 kernel for a Conv of ${places} places` : undefined;
}

/**
 * TensorRT in FP8 E4M3 (`precision: fp8`): scale absmax / 448, zero point 0, one scale a tensor, ties to even, saturating
 * at ±448 (IQuantizeLayer in NvInfer.h); products are summed in float32. Its ranges are absolute maxima, as Model Optimizer's.
 */
export const tensorrtFp8: Target = {
  ...tensorrt,
  title: 'NVIDIA Jetson / TensorRT FP8',
  precision: 'fp8',
  weights: { granularity: 'per-tensor', grid: () => e4m3Grid },
  activations: { grid: () => e4m3Grid },
  noKernel,
  arithmetic: {
    ...tensorrt.arithmetic,
    assumed: "today's kernels are closed: products of FP8 are summed in float32, rescale and bias in float32",
  },
  nativeRange: 'min-max',
  formats: [],
  handOver,
};
