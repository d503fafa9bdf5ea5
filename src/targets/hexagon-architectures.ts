import type { Range } from '../numerics/grid.ts';
import type { Arithmetic, GridRules } from './target.ts';

/** Versions of the Hexagon processor as its tools count them, oldest first. */
export const architectures = ['v66', 'v68', 'v69', 'v73', 'v75', 'v79', 'v81', 'v85'] as const;
export type Architecture = (typeof architectures)[number];

/** What a target has that says none. */
export const NEWEST: Architecture = architectures[architectures.length - 1];

/** What one version of the processor asks of a quantized model. */
export interface ArchitectureRules extends Omit<GridRules, 'symmetric'> {
  /** Operators whose weights may have a scale per channel; none where only one per tensor is known. */
  readonly perChannelOperators: ReadonlySet<string>;
  readonly arithmetic: Pick<Arithmetic, 'rescale' | 'assumed'>;
}

/** V66 has no HTP: its vector units run Hexagon NN. */
const hexagonNn: ArchitectureRules['arithmetic'] = {
  rescale: 'fixed-point',
  assumed:
    'the DSP of V66 is closed: int32 accumulator and the fixed-point rescale of Hexagon NN (V65/V66), bias of 32 bits; operators without weights compute in float between their grids',
};

const LIKE_ITS_LIBRARY =
  "layers and sums as Qualcomm's HTP library for x86 computes them (docs/verification.md); products of two activations, Softmax, and what has no weights in 16 bits compute in float between their grids";
const htp68: ArchitectureRules['arithmetic'] = { rescale: 'htp-v68', assumed: LIKE_ITS_LIBRARY };
const htp73: ArchitectureRules['arithmetic'] = { rescale: 'htp-v73', assumed: LIKE_ITS_LIBRARY };

/** Rectified values begin at zero, whatever else they are. */
const RELU: Range = { alpha: 0, beta: Infinity };
const ABOUT_ZERO: Range = { alpha: -1, beta: 1 };
const SHARE: Range = { alpha: 0, beta: 1 };

const fixedRanges = new Map([
  ['Relu', RELU],
  ['Sin', ABOUT_ZERO],
  ['Cos', ABOUT_ZERO],
  ['Tanh', ABOUT_ZERO],
]);

/** Operators that hand on values of their input, or none that are quantized, beside those that move them. */
const passing = new Set([
  'Cast',
  'Compress',
  'Gather',
  'MaxRoiPool',
  'Pad',
  'ReduceMax',
  'ReduceMin',
  'TopK',
]);

/** Every version has these; a Relu is on the grid of what it reads in any case. */
const common = {
  fixedRanges,
  passing,
  handsOn: new Set(['Pad', 'ReduceMax', 'ReduceMin']),
  fusions: [],
  fusesDepthwise: false,
  onInputGrid: new Set(['AveragePool', 'Relu', 'Resize', 'Upsample']),
  onOutputGrid: new Set(['Concat', 'Scatter', 'ScatterElements', 'ScatterND']),
  straightOnto: new Set(),
} satisfies Omit<ArchitectureRules, 'perChannelOperators' | 'arithmetic'>;

/** Activation functions that the convolution before them computes as well, from V73 on. */
const convolutionFusions = [
  ['Conv', 'Relu'],
  ['Conv', 'Clip'],
  ['Conv', 'PRelu'],
  ['Conv', 'LeakyRelu'],
  ['Conv', 'Transpose', 'Relu'],
  ['Conv', 'Transpose', 'PRelu'],
  ['Conv', 'Transpose', 'LeakyRelu'],
];

/**
 * What HTP computes as one whatever its file says: with quantizers between a convolution and its activation function, the
 * library gives the codes of the two without (docs/verification.md). AIMET has grids there before V73, and for depthwise ones.
 */
export const fusedByHtp = [
  ['Conv', 'Relu'],
  ['Conv', 'Clip'],
] as const;

/**
 * HTP rounds the sums of these once, to the grid of the Concat that reads them: with a quantizer between, the library gives the
 * codes of a layer on the Concat's grid. AIMET keeps a grid of its own between a Relu and a Concat of something else.
 */
export const straightOnHtp: ReadonlySet<string> = new Set(['Conv', 'Add']);

const fusedBefore73 = [
  ['ConvTranspose', 'Relu'],
  ['Add', 'Relu'],
  ['Gemm', 'Relu'],
];

const from73: ArchitectureRules = {
  ...common,
  arithmetic: htp73,
  perChannelOperators: new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']),
  fixedRanges: new Map([...fixedRanges, ['Sigmoid', SHARE], ['Softmax', SHARE]]),
  fusions: [...fusedBefore73, ...convolutionFusions],
};

/**
 * The rules by version: `htp_quantsim_config_v*.json` of AIMET 2.42.0, and what its `quantsim.py` does for all of them.
 * The files of V73 to V85 differ in nothing but the version.
 */
export const architectureRules: Readonly<Record<Architecture, ArchitectureRules>> = {
  v66: { ...common, perChannelOperators: new Set(), fusions: fusedBefore73, arithmetic: hexagonNn },
  v68: {
    ...common,
    perChannelOperators: new Set(['Conv', 'ConvTranspose']),
    fusions: fusedBefore73,
    arithmetic: htp68,
  },
  v69: {
    ...common,
    perChannelOperators: new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']),
    fusions: fusedBefore73,
    arithmetic: htp68,
  },
  v73: from73,
  v75: from73,
  v79: from73,
  v81: from73,
  v85: from73,
};
