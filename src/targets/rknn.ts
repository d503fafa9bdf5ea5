import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Rockchip NPU with RKNN-Toolkit2: int8 asymmetric activations per tensor after every operator, int8 symmetric weights
 * per output channel ("asymmetric_quantized-8", "channel"), ties to even (PPQ). How its bias is stored is not
 * published; float is assumed. Its "normal" algorithm is min/max.
 */
export const rknn: Target = {
  chip: 'rknn',
  title: 'Rockchip NPU / RKNN',
  weights: { granularity: 'per-channel', grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  activations: { grid: (bits) => asymmetricGrid(bits, true) },
  placement: { kind: 'every-activation', operators: 'all' },
  rounding: 'half-to-even',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed: 'the NPU is closed: int32 accumulator, float32 rescale',
  },
  widest: { weights: 16, activations: 16 },
  floats: true,
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8 },
  consumer: 'rknn',
  handOver: `RKNN-Toolkit2 takes scales from outside in one way alone, a model that is quantized already (2.3 and later):

\`\`\`python
from rknn.api import RKNN

rknn = RKNN()
rknn.config(target_platform="rk3588")
rknn.load_onnx(model="model.qdq.onnx")
rknn.build(do_quantization=False)
rknn.export_rknn("model.rknn")
\`\`\`

- Scales in a \`.quantization.cfg\` cannot be changed: the toolkit compares them with its own and refuses.
- Which of the Q/DQ pairs the toolkit keeps is not published: look for operators in float16 in the log of \`build\`.
- A layer in floating point stands between Q/DQ pairs and has float weights. ONNX Runtime 1.21 and later quantizes such
  weights by itself; with \`session.disable_quant_qdq\` = "1" it runs the file as it is written.
`,
};
