import { asymmetricGrid, type Grid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Of int8 the toolkit uses [−127, 127], and of what a file can say of it the ends cannot be reached
 * (`QdqRules.roundsWeightsAgain`).
 */
function weightGrid(bits: number): Grid {
  const grid = symmetricGrid(bits, { restricted: true });
  return bits > 8 ? grid : { ...grid, qmin: grid.qmin + 1, qmax: grid.qmax - 1 };
}

/**
 * Rockchip NPU with RKNN-Toolkit2: int8 asymmetric activations per tensor after every operator, int8 symmetric weights
 * per output channel ("asymmetric_quantized-8", "channel"), ties to even (PPQ), int32 bias in units of input scale ×
 * weight scale (RKNN-Toolkit2 2.5.0's simulator, verification/layers/rknn_weights.py). Its "normal" algorithm is min/max.
 */
export const rknn: Target = {
  chip: 'rknn',
  title: 'Rockchip NPU / RKNN',
  weights: { granularity: 'per-channel', grid: weightGrid },
  activations: { grid: (bits) => asymmetricGrid(bits, true) },
  placement: { kind: 'every-activation', operators: 'all' },
  rounding: 'half-to-even',
  bias: 'int32',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      'the NPU is closed: int32 accumulator, float32 rescale. Where its toolkit rewrites the graph (an AveragePool as convolutions, a sum of a layer and its shortcut as one operator), it rounds at other places',
  },
  widest: { weights: 16, activations: 16 },
  floats: true,
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: { file: 'model.qdq.onnx', bias: 'float', maxBits: 8, roundsWeightsAgain: true },
  consumer: 'rknn',
  handOver:
    () => `RKNN-Toolkit2 takes scales from outside in one way alone, a model that is quantized already (2.3 and later):

\`\`\`python
from rknn.api import RKNN

rknn = RKNN()
rknn.config(target_platform="rk3588")
rknn.load_onnx(model="model.qdq.onnx")
rknn.build(do_quantization=False)
rknn.export_rknn("model.rknn")
\`\`\`

- Scales in a \`.quantization.cfg\` cannot be changed: the toolkit compares them with its own and refuses.
- The toolkit takes the values of int8 weights and rounds them once more, to 127 steps over what 128 codes reach: the
  weights of \`model.qdq.onnx\` are those from which it makes the ones that were measured.
- A layer whose output has no Q/DQ pair is computed in float16, so that there is one between a layer and an Add, though
  the toolkit's simulator adds without rounding there.
- Which of the Q/DQ pairs the toolkit keeps is not published: look for operators in float16 in the log of \`build\`.
- A layer in floating point stands between Q/DQ pairs and has float weights. ONNX Runtime 1.21 and later quantizes such
  weights by itself; with \`session.disable_quant_qdq\` = "1" it runs the file as it is written.
`,
};
