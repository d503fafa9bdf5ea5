import { encodings0 } from '../formats/aimet-0.ts';
import { encodings1 } from '../formats/aimet-1.ts';
import { encodings2 } from '../formats/aimet-2.ts';
import type { ParameterFormat } from '../formats/parameter-set.ts';
import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import {
  type Architecture,
  architectureRules,
  fusedByHtp,
  NEWEST,
  straightOnHtp,
} from './hexagon-architectures.ts';
import { type GridRules, type Target, wideEnough } from './target.ts';

/** The override file by its version; 0.6.1, which every converter reads, is what the target writes. */
export const encodingVersions = { '0.6.1': encodings0, '1.0.0': encodings1, '2.0.0': encodings2 } as const;
export type EncodingsVersion = keyof typeof encodingVersions;

/** @param format the encodings that are written */
const handOver: Target['handOver'] = (_, [format]) => {
  const { file } = format;
  return `
\`${file}\` (AIMET encodings ${versionOf(format)}) has the range of every activation and weight by the names in the ONNX model.
\`inputs.txt\` below is the usual list of raw input files; the quantizer calibrates only what the file does not say.

**QAIRT 2.x**

\`\`\`sh
qairt-converter --input_network model.onnx --quantization_overrides ${file} --output_path model.dlc
qairt-quantizer --input_dlc model.dlc --input_list inputs.txt --bias_bitwidth 32 --output_dlc model_quantized.dlc
\`\`\`

**SNPE 2.x**, and late releases of 1.x, where the second tool is \`snpe-dlc-quantize\`. Without \`--override_params\` the
quantizer ignores the file.

\`\`\`sh
snpe-onnx-to-dlc --input_network model.onnx --quantization_overrides ${file} --output_path model.dlc
snpe-dlc-quant --input_dlc model.dlc --input_list inputs.txt --override_params --bias_bitwidth 32 \\
  --output_dlc model_quantized.dlc
\`\`\`

**QNN 2.x**

\`\`\`sh
qnn-onnx-converter --input_network model.onnx --quantization_overrides ${file} --input_list inputs.txt \\
  --bias_bitwidth 32 --output_path model.cpp
\`\`\`

- Biases are not in the file. The quantizer makes them, with 8 bits unless told otherwise; this run emulates int32 in
  units of input scale times weight scale, hence \`--bias_bitwidth 32\`.
- Do not add \`--use_per_channel_quantization\` or \`--ignore_encodings\`: they replace what the file says.
- Which version: 0.6.1 is the one that every release with \`--quantization_overrides\` reads. \`encodings:\` of the target in
  quantgate.yml has another one written: 1.0.0 for weights below 4 bits, or where a tool asks for it; 2.0.0, in the terms
  of ONNX's QuantizeLinear, for recent releases of QAIRT only: one that does not know it takes it for an empty file of 0.x.
`.trim();
};

/** The version that a format of encodings is of. */
function versionOf(format: ParameterFormat): string {
  return Object.entries(encodingVersions).find(([, each]) => each.file === format.file)![0];
}

const unrestricted = (bits: number) => symmetricGrid(bits, { restricted: false });

/**
 * Qualcomm Hexagon with SNPE, QNN or QAIRT: uint8 asymmetric min/max ("TF") for every activation and, per tensor,
 * for weights; the per-channel option of Convolution, Deconvolution and FullyConnected is symmetric. Bias as int32.
 * The converter's rounding of ties when it makes integer weights is not published; ties to even is assumed. What differs
 * from one version of the processor to the next, and which activations share a grid, is AIMET's.
 */
export function snpeOf(architecture: Architecture): Target {
  const { perChannelOperators, arithmetic, ...rules } = architectureRules[architecture];
  return {
    chip: 'snpe',
    title: `Qualcomm Hexagon ${architecture.toUpperCase()} / SNPE, QNN`,
    weights: {
      granularity: 'per-tensor',
      grid: (bits, granularity) =>
        granularity === 'per-channel' ? unrestricted(bits) : asymmetricGrid(bits, false),
      perChannelOperators,
      groupedDeconvolutionPerTensor: true,
    },
    activations: { grid: (bits) => asymmetricGrid(bits, false) },
    placement: {
      kind: 'every-activation',
      operators: 'all',
      rules: { ...fused(rules, architecture), symmetric: unrestricted },
    },
    rounding: 'half-to-even',
    bias: 'int32',
    arithmetic: {
      accumulatorBits: wideEnough,
      ...arithmetic,
    },
    widest: { weights: 16, activations: 16 },
    floats: false,
    nativeRange: 'min-max',
    integerKernels: false,
    formats: [encodings0],
    qdq: undefined,
    consumer: 'htp',
    handOver,
  };
}

function fused<T extends Pick<GridRules, 'fusions' | 'fusesDepthwise' | 'straightOnto'>>(
  rules: T,
  architecture: Architecture,
): T {
  if (architecture === 'v66') return rules;
  const fusions = [...rules.fusions, ...fusedByHtp];
  return { ...rules, fusions, fusesDepthwise: true, straightOnto: straightOnHtp };
}

/** The newest architecture, which is meant where none is named. */
export const snpe = snpeOf(NEWEST);
