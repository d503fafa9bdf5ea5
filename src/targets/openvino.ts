import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Intel CPU, GPU and NPU with OpenVINO: uint8 asymmetric activations per tensor, int8 symmetric weights on [−127, 127]
 * per output channel, at the inputs of convolutions and matrix products, ties to even (NNCF's fake_quantize.py; PPQ).
 * Of a residual addition the shortcut: what a layer adds to is not rounded, as NNCF places it; where a file has a
 * quantizer there, the CPU plugin leaves its rounding out (verification/layers/openvino_adds.py). Bias in float.
 */
export const openvino: Target = {
  chip: 'openvino',
  title: 'Intel OpenVINO',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: true }) },
  activations: { grid: (bits) => asymmetricGrid(bits, false) },
  placement: { kind: 'operator-inputs', residualAdd: 'shortcut' },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      "int32 accumulator, float32 rescale, as in oneDNN's int8 primitives on a CPU; GPU and NPU were not compared",
  },
  widest: { weights: 8, activations: 8 },
  floats: true,
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  consumer: 'openvino',
  handOver:
    () => `\`model.qdq.onnx\` holds every scale and zero point; OpenVINO turns its QuantizeLinear and DequantizeLinear into
FakeQuantize and int8 kernels when it compiles the model (OpenVINO 2023.1 and later):

\`\`\`sh
ovc model.qdq.onnx --output_model model-int8
benchmark_app -m model-int8.xml
\`\`\`

- On a CPU with bfloat16, what is not int8 is computed in it: \`INFERENCE_PRECISION_HINT\` = \`f32\` is what was measured.
- Do not run NNCF over it: that quantizes a second time.
- An x86 CPU without VNNI (before Cascade Lake) can saturate sums of two products in int16; \`weight-bits: 7\` avoids it.
`,
};
