import { cambriconCatch } from '../formats/cambricon-catch.ts';
import { cambriconMagicMind } from '../formats/cambricon-magicmind.ts';
import { cambriconParameters } from '../formats/cambricon-parameters.ts';
import { cambriconPrototxt } from '../formats/cambricon-prototxt.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import { type FloatType, type Target, wideEnough } from './target.ts';

/**
 * Cambricon MLU with CNRT or MagicMind: int8 or int16, symmetric (position and scale), weights per tensor unless
 * asked per channel, activations per tensor at the inputs of convolutions and matrix products; the rest stays in
 * float, FP16 by MagicMind's `qint8_mixed_float16` and by the default of Cambricon Caffe's `top_mlu_dtype`, of which each
 * layer quantizes what it reads. Clamp to the full range and ties away from zero are the defaults of mlu-ops
 * (`castFloat32ToFixed`).
 */
export const cambricon: Target = {
  chip: 'cambricon',
  title: 'Cambricon MLU / CNRT, MagicMind',
  weights: { granularity: 'per-tensor', grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  activations: { grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  placement: { kind: 'operator-inputs', residualAdd: 'none' },
  rounding: 'half-away-from-zero',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    // What is multiplied with is scale · 2^−position.
    inverseSteps: true,
    assumed:
      'accumulator and rescale are closed: int32, then position and scale of both operands as one float32 factor',
  },
  widest: { weights: 16, activations: 16 },
  floats: true,
  fp16: { fusesQuantizers: false },
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [cambriconParameters, cambriconPrototxt, cambriconCatch, cambriconMagicMind],
  qdq: undefined,
  handOver,
};

function handOver(float: FloatType): string {
  const type = float === 'fp16' ? 'float16' : 'float32';
  return `One file for each of Cambricon's toolchains; take the one of yours.

**Caffe on CNML** (MLU270, MLU220; Cambricon Caffe 5.4): \`bottom_blobs.prototxt\` holds \`bottom_mlu_dtype\` and
\`blobs_dtype\` of each layer. Put them into the layers of the same names of your prototxt:

\`\`\`python
from caffe.proto import caffe_pb2
from google.protobuf import text_format

net, given = caffe_pb2.NetParameter(), caffe_pb2.NetParameter()
text_format.Merge(open("model.prototxt").read(), net)
text_format.Merge(open("bottom_blobs.prototxt").read(), given)
fields = {layer.name: layer for layer in given.layer}
for layer in net.layer:
    if layer.name in fields:
        del layer.bottom_mlu_dtype[:], layer.blobs_dtype[:]
        layer.bottom_mlu_dtype.extend(fields[layer.name].bottom_mlu_dtype)
        layer.blobs_dtype.extend(fields[layer.name].blobs_dtype)
open("model.int8.prototxt", "w").write(text_format.MessageToString(net))
\`\`\`
\`\`\`sh
caffe genoff -model model.int8.prototxt -weights model.caffemodel -mcore MLU270
\`\`\`

**PyTorch with CATCH** (torch_mlu of 2022-03): \`catch.json\` holds the values of the state dict, by module.

\`\`\`sh
python load_catch.py float.pth quantized.pth
\`\`\`
\`\`\`python
model = torch_mlu.core.mlu_quantize.quantize_dynamic_mlu(model)
model.load_state_dict(torch.load("quantized.pth"), strict=False)
\`\`\`

**MagicMind** (MLU370, MLU590 and the edge chips; as in magicmind_cloud of 2023-11): \`magicmind.json\` holds the ranges of each node's inputs.

\`\`\`python
import magicmind_ranges

config.parse_from_string('{"precision_config": {"precision_mode": "qint8_mixed_${type}"}}')
magicmind_ranges.apply(network)       # SetDynamicRange and SetDynamicRangePerAxis of every input
builder.build_model("model", network, config)
\`\`\`

With weights of 16 bits the precision mode is \`qint16_mixed_${type}\`, per channel \`"weight_quant_granularity":
"per_axis"\` stands beside it. Do not run MagicMind's calibrator as well: it replaces the ranges.

**Your own calls of CNNL, CNRT or CNML**: \`parameters.json\` holds position, scale and offset of each operand,
real = (q − offset) · 2^position / scale.

- What is not integer is computed in ${type}, as was measured: MagicMind does so by that precision mode, Cambricon Caffe
  where \`top_mlu_dtype\` is \`DT_${type.toUpperCase()}\`${float === 'fp16' ? ', its default' : ''}, CATCH where input and model are ${float === 'fp16' ? '`.half()`' : '`.float()`'}.
- Each layer here has the parameters of input and weight. That a chip takes both or neither is how the public code of
  CATCH, MagicMind and Paddle works; no public document says it.
- Not tried on a chip: the Python names of MagicMind's calls follow its C++ API (SetDynamicRange, SetPrecision).
- Layer names are those of the ONNX nodes, for CATCH those of the PyTorch modules that the weights are named after:
  rename the keys if your Caffe or PyTorch model has others.
`;
}
