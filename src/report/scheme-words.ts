import { FLOAT_BITS } from '../numerics/grid.ts';
import { count } from '../words/counts.ts';
import type { JudgedTarget } from './report-schema.ts';

type SchemeReport = JudgedTarget['scheme'];
type CodeReport = Pick<SchemeReport, 'precision' | 'weightBits' | 'activationBits'>;
type LayerPrecisionReport = NonNullable<SchemeReport['layers']>[string];

/** How a target quantizes: `w8a8 per-tensor, mse, repaired by gptq; 2 layers in 16 bits`, `fp8 per-tensor, min-max`. */
export function schemeText(scheme: SchemeReport): string {
  const {
    weights,
    precision,
    weightBits,
    activationBits,
    blockSize,
    range,
    float,
    recipe = [],
    layers = {},
    ranges = {},
  } = scheme;
  const { integers, floats, width } = layerGroups(Object.values(layers));
  const pins = Object.keys(ranges).length;
  const own = [
    ...(integers > 0 ? [`${layersText(integers)} in ${width === undefined ? 'other' : width} bits`] : []),
    ...(floats > 0 ? [`${layersText(floats)} in floating point`] : []),
    ...(pins > 0 ? [`${pins === 1 ? '1 range' : `${count(pins)} ranges`} pinned`] : []),
  ];
  const codes = precision ?? `w${weightBits}a${activationBits}`;
  const all = [
    `${codes} ${blockSize === undefined ? weights : `blocks of ${blockSize}`}`,
    range === 'file' ? 'grids of the file' : range,
    ...(float === undefined ? [] : [`the rest in ${float.toUpperCase()}`]),
    ...(recipe.length > 0 ? [`repaired by ${recipe.join(', ')}`] : []),
  ];
  return [all.join(', '), ...own].join('; ');
}

/**
 * The one word for what targets compute with: `INT8`, `FP8`, `W8A16` where weights and activations have other bits,
 * `W4` where activations stay in floating point, `quantized` where targets differ.
 */
export function precisionText(schemes: readonly CodeReport[]): string {
  const words = new Set(schemes.map(precisionOf));
  return words.size === 1 ? [...words][0] : 'quantized';
}

function precisionOf({ precision, weightBits, activationBits }: CodeReport): string {
  if (precision !== undefined) return precision.toUpperCase();
  if (activationBits === FLOAT_BITS) return `W${weightBits}`;
  return weightBits === activationBits ? `INT${weightBits}` : `W${weightBits}A${activationBits}`;
}

/** `8 layers` */
export function layersText(layers: number): string {
  return layers === 1 ? '1 layer' : `${count(layers)} layers`;
}

/** How many layers compute with integers, in how many bits where all have the same, and how many do not. */
export function layerGroups(layers: readonly LayerPrecisionReport[]): {
  readonly integers: number;
  readonly floats: number;
  readonly width: number | undefined;
} {
  const integers = layers.filter(({ float }) => !float);
  const bits = new Set(
    integers.flatMap(({ activationBits, weightBits }) => [activationBits ?? weightBits, weightBits]),
  );
  bits.delete(undefined);
  return {
    integers: integers.length,
    floats: layers.length - integers.length,
    width: bits.size === 1 ? [...bits][0] : undefined,
  };
}
