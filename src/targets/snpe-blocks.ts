import { encodings1 } from '../formats/aimet-1.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import type { LayerShape, Target } from './target.ts';

const handOver: Target['handOver'] = (_, [{ file }]) =>
  `
\`${file}\` (AIMET encodings ${file === encodings1.file ? '1.0.0' : '2.0.0'}) has the range of every activation and weight by the names in the ONNX model.
Weights in blocks are LPBQ ("low power blockwise quantization"): int4 with a scale for each block of input channels, which is
an integer of 1 to 16 times a scale of the output channel. \`encodings: 2.0.0\` of the target has it in the terms of
ONNX; 0.6.1 cannot say it.

\`\`\`sh
qairt-converter --input_network model.onnx --quantization_overrides ${file} --output_path model.dlc
qairt-quantizer --input_dlc model.dlc --input_list inputs.txt --bias_bitwidth 32 --output_dlc model_quantized.dlc
\`\`\`

- LPBQ runs on HTP of V73 and later, with activations of 16 bits in the first place, and needs QAIRT 2.x.
- Weights whose input channels are no multiple of the block, and convolutions with a kernel, have a scale a channel or a
  tensor, as the target says by \`weights\`.
- Do not add \`--use_per_channel_quantization\` or \`--ignore_encodings\`: they replace what the file says.
`.trim();

const WEIGHT_BITS = 4;
/** LPBQ's integers are of 8 bits in units of the channel's scale. */
const DECOMPRESSED_BITS = 8;

function takes({ op, weight, input, isPlain }: LayerShape): boolean {
  if (op === 'Conv') return weight.slice(2).every((d) => d === 1);
  return (op === 'MatMul' || op === 'Gemm') && weight.length === 2 && input === 1 && isPlain;
}

/**
 * Qualcomm HTP with weights in blocks (`block-size`), as AIMET's `set_lpbq_for_params` makes them: int4 symmetric, each
 * block's scale an integer multiple of its channel's; all else as `snpe`.
 */
export const blocksOnSnpe = (snpe: Target): Target => ({
  ...snpe,
  title: 'Qualcomm HTP with weights in blocks',
  blocks: {
    weightBits: [WEIGHT_BITS],
    takes,
    grid: (bits) => symmetricGrid(bits, { restricted: false }),
    greatestMultiple: 2 ** (DECOMPRESSED_BITS - WEIGHT_BITS),
  },
  formats: [encodings1],
  handOver,
});
