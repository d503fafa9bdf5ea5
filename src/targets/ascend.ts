import { ascendRecord } from '../formats/ascend-record.ts';
import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Huawei Ascend with AMCT: int8 asymmetric activations per tensor and int8 symmetric weights per output channel, at
 * the inputs of convolutions and matrix products, ties away from zero, as PPQ models it. AMCT's default range search
 * is not published; min/max is assumed. So is a float bias.
 */
export const ascend: Target = {
  chip: 'ascend',
  title: 'Huawei Ascend / AMCT',
  weights: {
    granularity: 'per-channel',
    grid: (bits) => symmetricGrid(bits, { restricted: false }),
    perChannelOperators: new Set(['Conv', 'ConvTranspose']),
  },
  activations: { grid: (bits) => asymmetricGrid(bits, true) },
  placement: { kind: 'operator-inputs', residualAdd: 'none' },
  rounding: 'half-away-from-zero',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed: "AMCT's target hardware is closed: int32 accumulator, float32 rescale",
  },
  widest: { weights: 8, activations: 8 },
  floats: true,
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [ascendRecord],
  qdq: undefined,
  handOver:
    () => `\`record.txt\` is the record of scales and offsets that AMCT's \`convert_model\` reads (checked against the source of
AMCT of 2026-08 and its manual for CANN 8):

\`\`\`python
import amct_onnx as amct

amct.convert_model("model.onnx", "record.txt", "model")
# writes model_fake_quant_model.onnx, to measure with ONNX Runtime, and model_deploy_model.onnx
\`\`\`
\`\`\`sh
atc --framework=5 --model=model_deploy_model.onnx --output=model --soc_version=Ascend310P3
\`\`\`

- Keys are names of ONNX nodes. AMCT refuses a key that it does not find: name the nodes of a model that has none.
- AMCT takes a scale for each output channel of convolutions, and one for the whole weight of a Gemm or MatMul.
- Scales below 2^-23 are written as they are. PPQ raises them to 2^-23, which loses nothing, should your AMCT refuse.
- BatchNormalization is folded in the ranges of the record, as AMCT folds it too.
`,
};
