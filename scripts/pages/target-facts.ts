import type { Grid } from '../../src/numerics/grid.ts';
import type { Rounding } from '../../src/numerics/rounding.ts';
import { chipNamed, chipNames } from '../../src/targets/chip-names.ts';
import type { Chip } from '../../src/targets/index.ts';
import { defaultFloat, type Granularity, type Target } from '../../src/targets/target.ts';

const BITS = 8;

/**
 * What a target computes, as its source says it: a table.
 *
 * @param beside a target whose rows are known, so that only others are told
 */
export function factsOf(target: Target, beside?: Target): string {
  const known = new Map(beside === undefined ? [] : rowsOf(beside));
  const lines = rowsOf(target)
    .filter(([what, words]) => words !== undefined && known.get(what) !== words)
    .map(([what, words]) => `| ${what} | ${words} |`);
  return ['| What | How |', '| --- | --- |', ...lines].join('\n');
}

function rowsOf(target: Target): [what: string, words: string | undefined][] {
  return [
    ['Weights', weightsOf(target)],
    ['Weights in blocks', blocksOf(target)],
    ['Activations', activationsOf(target)],
    ['Where there is a grid', placesOf(target)],
    ['Ties round', tiesOf(target)],
    ['Biases', target.bias === 'int32' ? 'int32, in units of input scale × weight scale' : 'float32'],
    [
      'Sums leave the accumulator',
      target.placement.kind === 'none' ? undefined : rescales[target.arithmetic.rescale],
    ],
    ['What is not integer', target.floats || target.fp16 ? floatOf(target) : undefined],
    [
      'Widest integers',
      target.precision === undefined
        ? `weights ${target.widest.weights} bits, activations ${target.widest.activations}`
        : undefined,
    ],
    ['Single layers in floating point', target.floats ? 'yes (`float: true` in `layers`)' : 'no'],
    ['`range: native` is', `\`${target.nativeRange}\``],
    ['Assumed, as the vendor does not publish it', linked(target.arithmetic.assumed) || 'nothing'],
    ['Files', filesOf(target)],
  ];
}

/** The names that mean a chip, its own first. */
export function namesOf(chip: Chip): string {
  const names = chipNames.filter((name) => chipNamed(name)?.chip === chip);
  return names.map((name) => `\`${name}\``).join(', ');
}

function weightsOf({ weights, precision, placement, blocks }: Target): string {
  if (precision !== undefined) return `FP8 E4M3, scale max/448, ${granularities[weights.granularity]}`;
  if (placement.kind === 'none' && blocks !== undefined) return 'only those in blocks';
  const { granularity, perChannelOperators: some } = weights;
  const of =
    some && granularity === 'per-channel' ? ` of ${[...some].join(', ')}, else one for the tensor` : '';
  const own = `${gridInWords(weights.grid(BITS, granularity))}, ${granularities[granularity]}${of}`;
  const other = granularity === 'per-channel' ? 'per-tensor' : 'per-channel';
  const otherGrid = gridInWords(weights.grid(BITS, other));
  const isSame = otherGrid === gridInWords(weights.grid(BITS, granularity));
  return `${own}; with \`weights: ${other}\` ${granularities[other]}${isSame ? '' : `, ${otherGrid}`}`;
}

function blocksOf({ blocks }: Target): string | undefined {
  if (blocks === undefined) return undefined;
  const grids = blocks.weightBits.map((bits) => gridInWords(blocks.grid(bits))).join(' or ');
  const { greatestMultiple: most } = blocks;
  return most === undefined
    ? `${grids}, a scale and a zero point for each block`
    : `${grids}, each block's scale an integer from 1 to ${most} times its channel's`;
}

function activationsOf({ activations, precision, placement }: Target): string {
  if (placement.kind === 'none') return 'float32';
  if (precision !== undefined) return 'FP8 E4M3, scale max/448, one for the tensor';
  return `${gridInWords(activations.grid(BITS))}, one scale for the tensor`;
}

function gridInWords({ bits, qmin, qmax, symmetric }: Grid): string {
  const type = `${qmin < 0 ? 'int' : 'uint'}${bits}`;
  return `${type} ${symmetric ? 'symmetric' : 'asymmetric'} on [${qmin}, ${qmax}]`.replaceAll('-', '−');
}

const granularities: Readonly<Record<Granularity, string>> = {
  'per-channel': 'one scale for each output channel',
  'per-tensor': 'one scale for the tensor',
};

const roundings: Readonly<Record<Rounding, string>> = {
  'half-to-even': 'to even',
  'half-away-from-zero': 'away from zero',
  'half-up': 'up',
};

function tiesOf({ rounding, arithmetic: { rescale } }: Target): string {
  return `${roundings[rounding]}${rescale.startsWith('htp') ? ' in weights, up in what HTP makes' : ''}`;
}

const rescales: Readonly<Record<Target['arithmetic']['rescale'], string>> = {
  float: 'times one float32 factor, plus the bias, as floating point',
  'float-multiplier': 'times one float32 factor, rounded once to the next integers',
  'fixed-point': 'times an integer and shifted, ties up',
  'htp-v68': "as Qualcomm's HTP of V68 and V69 does it",
  'htp-v73': "as Qualcomm's HTP of V73 and later does it",
};

function placesOf({ placement }: Target): string {
  if (placement.kind === 'none') return 'at weights of matrix products alone';
  if (placement.kind === 'operator-inputs') {
    const added = {
      none: '',
      both: ', and at both inputs of an Add of two activations',
      shortcut: ', and of an Add of two activations at the shortcut',
    }[placement.residualAdd];
    return `at the inputs of Conv, ConvTranspose, Gemm and MatMul${added}`;
  }
  return placement.operators === 'all'
    ? 'at every activation between operators, behind a fused Relu or Clip'
    : `at every activation of ${[...placement.operators].sort().join(', ')}`;
}

function floatOf(target: Target): string {
  const other = target.fp16 === undefined ? '' : ' (option `float: fp32`)';
  return `${defaultFloat(target).toUpperCase()}${other}`;
}

function filesOf({ formats, qdq }: Target): string {
  const names = [...formats.map(({ file }) => file), ...(qdq === undefined ? [] : [qdq.file])];
  return names.map((name) => `\`${name}\``).join(', ');
}

function linked(text: string): string {
  return text.replace('docs/verification.md', '[verification.md](../verification.md)');
}
