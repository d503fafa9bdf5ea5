import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Intel CPU, GPU and NPU with OpenVINO: uint8 asymmetric activations per tensor, int8 symmetric weights on [−127, 127]
 * per output channel, at the inputs of convolutions, matrix products and residual additions, ties to even (NNCF's
 * fake_quantize.py; PPQ). Bias in float.
 */
export const openvino: Target = {
  chip: 'openvino',
  title: 'Intel OpenVINO',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => asymmetricGrid(bits, false) },
  placement: { kind: 'operator-inputs', residualAdd: true },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed: "int32 accumulator, float32 rescale, as in oneDNN's int8 primitives",
  },
  widest: { weights: 8, activations: 8 },
  floats: true,
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  consumer: 'openvino',
  handOver: `\`model.qdq.onnx\` holds every scale and zero point; OpenVINO turns its QuantizeLinear and DequantizeLinear into
FakeQuantize and int8 kernels when it compiles the model (OpenVINO 2023.1 and later):

\`\`\`sh
ovc model.qdq.onnx --output_model model-int8
benchmark_app -m model-int8.xml
\`\`\`

- Do not run NNCF over it: that quantizes a second time.
- An x86 CPU without VNNI (before Cascade Lake) can saturate sums of two products in int16; \`weight-bits: 7\` avoids it.
`,
};
