import { calibrationCache } from '../formats/tensorrt-cache.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

const HAND_OVER = `
The files are for the ONNX model of this run. \`/usr/src/tensorrt/bin/trtexec --help\` prints the version.

**TensorRT up to 10.16: \`calibration.cache\`** has the scales of the activations; TensorRT computes those of the
weights from the model, from the largest of each channel, so that a repaired model keeps its codes in \`model.qdq.onnx\`
alone. A tensor that is not in the file stays in floating point.

\`\`\`sh
trtexec --onnx=model.onnx --int8 --fp16 --calib=calibration.cache --saveEngine=model.engine
# or, with Polygraphy (it reads the cache when the file exists):
polygraphy convert model.onnx --int8 --fp16 --calibration-cache calibration.cache -o model.engine
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
trtexec --onnx=model.qdq.onnx --int8 --fp16 --saveEngine=model.engine   # 8.0 to 10.16
trtexec --onnx=model.qdq.onnx --saveEngine=model.engine                 # 11.0 and later
\`\`\`

**Layers in floating point** have no Q/DQ around them in \`model.qdq.onnx\`. Beside the cache TensorRT has to be told, or
it computes them with integers wherever it knows all scales around them:

\`\`\`sh
trtexec --onnx=model.onnx --int8 --fp16 --calib=calibration.cache --precisionConstraints=obey \\
  --layerPrecisions="NAME":fp16,"OTHER NAME":fp16 --saveEngine=model.engine
\`\`\`
`.trim();

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
  placement: { kind: 'operator-inputs', residualAdd: 'both' },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      "today's kernels are closed: int32 accumulator, float32 rescale and bias as in NVIDIA's GTC 2017 talk s7310",
  },
  widest: { weights: 8, activations: 8 },
  floats: true,
  nativeRange: 'kl',
  integerKernels: false,
  formats: [calibrationCache],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  handOver: HAND_OVER,
};
