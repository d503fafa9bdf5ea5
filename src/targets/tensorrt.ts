import { calibrationCache } from '../formats/tensorrt-cache.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import { type FloatType, type Target, wideEnough } from './target.ts';

const FLOATS: Readonly<Record<FloatType, string>> = {
  fp16: `
**What is not int8 is computed in FP16**, as \`--fp16\` says and as was measured. From 11.0 on the types are those of the
model, so that it is FP32 there, which \`float: fp32\` measures. Where the report names a layer whose values are beyond the
range of FP16, 65,504, keep it and those that read it in FP32, with its output:

\`\`\`sh
trtexec --onnx=model.qdq.onnx --int8 --fp16 --precisionConstraints=obey \\
  --layerPrecisions="NAME":fp32,"NAME OF WHAT READS IT":fp32 --layerOutputTypes="NAME":fp32 --saveEngine=model.engine
\`\`\`
`,
  fp32: `
**What is not int8 is computed in FP32**, as was measured: without \`--fp16\`. From 11.0 on the types are those of the model,
which says FP32.
`,
};

const handOver = (float: FloatType) => {
  const half = float === 'fp16' ? ' --fp16' : '';
  return `
The files are for the ONNX model of this run. \`/usr/src/tensorrt/bin/trtexec --help\` prints the version.

**TensorRT up to 10.16: \`calibration.cache\`** has the scales of the activations; TensorRT computes those of the
weights from the model, from the largest of each channel, so that a repaired model keeps its codes in \`model.qdq.onnx\`
alone. A tensor that is not in the file stays in floating point.

\`\`\`sh
trtexec --onnx=model.onnx --int8${half} --calib=calibration.cache --saveEngine=model.engine
# or, with Polygraphy (it reads the cache when the file exists):
polygraphy convert model.onnx --int8${half} --calibration-cache calibration.cache -o model.engine
\`\`\`

The first line names a version of TensorRT. One that does not accept it calibrates anew and says so in its log; then
give yours, 8601 for 8.6.1 and 100300 for 10.3.0:

\`\`\`sh
sed -i '1s/-[0-9]*-/-8601-/' calibration.cache
\`\`\`

trtexec and TensorRT take names with a colon. ONNX Runtime's TensorRT provider
(\`trt_int8_use_native_calibration_table=1\`) cuts them at the first one: give it \`model.qdq.onnx\` instead.

**TensorRT 8.0 and later, the only way from 11.0: \`model.qdq.onnx\`** has the scales of activations and weights.
11.0 removed calibrators, the cache, \`--calib\` and \`--int8\`: there the types are those of the model.

\`\`\`sh
trtexec --onnx=model.qdq.onnx --int8${half} --saveEngine=model.engine   # 8.0 to 10.16
trtexec --onnx=model.qdq.onnx --saveEngine=model.engine                 # 11.0 and later
\`\`\`

**Layers in floating point** have no Q/DQ around them in \`model.qdq.onnx\`. Beside the cache TensorRT has to be told, or
it computes them with integers wherever it knows all scales around them:

\`\`\`sh
trtexec --onnx=model.onnx --int8${half} --calib=calibration.cache --precisionConstraints=obey \\
  --layerPrecisions="NAME":${float},"OTHER NAME":${float} --saveEngine=model.engine
\`\`\`
${FLOATS[float]}`.trim();
};

/**
 * NVIDIA Jetson with TensorRT, explicit quantization: int8 symmetric, weights per output channel, activations per
 * tensor, at the inputs of convolutions and matrix products and of residual additions, ties to even, clamp
 * [−128, 127] (IQuantizeLayer in NvInfer.h); bias and rescale in float32. Its own calibration is "entropy 2" (KL). What is
 * not int8 is FP16, and a quantizer behind an int8 layer is fused into that (TensorRT's "Working with Quantized Types").
 */
export const tensorrt: Target = {
  chip: 'tensorrt',
  title: 'NVIDIA Jetson / TensorRT',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  placement: { kind: 'operator-inputs', residualAdd: 'both' },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      "today's kernels are closed: int32 accumulator, float32 rescale and bias as in NVIDIA's GTC 2017 talk s7310; what is not int8 rounds to FP16 behind every operator, though pointwise ones that are fused may keep more between them",
  },
  widest: { weights: 8, activations: 8 },
  floats: true,
  fp16: { fusesQuantizers: true },
  nativeRange: 'kl',
  integerKernels: false,
  formats: [calibrationCache],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  handOver,
};
