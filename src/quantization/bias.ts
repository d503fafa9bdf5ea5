import { round } from '../numerics/rounding.ts';
import { hasFactors, type Layer } from './layer.ts';
import { type Parametrized, realBias } from './parameters.ts';

/** A bias as the target stores it: int32 codes in units of input scale × weight scale of their channel. */
export interface IntegerBias {
  /** Name of the original bias. */
  readonly name: string;
  readonly input: number;
  readonly codes: Int32Array;
  /** One per channel, or a single one. */
  readonly scales: Float32Array;
}

/**
 * The integer bias of a layer, which adds to its accumulator without rescaling. Undefined where there is none, or
 * where the target or the layer (a Gemm with factors, a bias that is broadcast) keeps it in floating point.
 */
export function integerBias(
  layer: Layer,
  { model, scheme, parameters }: Parametrized,
): IntegerBias | undefined {
  const weights = parameters.weights.get(layer.name);
  const input = parameters.grids.get(layer.activations[0]);
  if (scheme.target.bias !== 'int32' || layer.bias === undefined) return undefined;
  if (weights === undefined || weights.blocks !== undefined || input === undefined || hasFactors(layer))
    return undefined;
  const { name } = layer.bias;
  const bias = realBias(layer, { model, biases: parameters.biases })!;
  const scales = Float32Array.from(weights.params, (p) => input.scale * p.scale);
  if (bias.dims.length !== 1 || (scales.length > 1 && scales.length !== bias.data.length)) return undefined;
  const codes = Int32Array.from(bias.data as Float32Array, (b, channel) => {
    const q = round(b / scales[scales.length === 1 ? 0 : channel], 'half-to-even');
    return Math.min(Math.max(q, -(2 ** 31)), 2 ** 31 - 1);
  });
  return { name, input: layer.bias.input, codes, scales };
}

/** A bias in real values, where the chip adds another one than the model's. */
export interface ChipBias {
  /** Name of the original bias. */
  readonly name: string;
  readonly input: number;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** What a layer adds as its bias on the chip: its integers' values, or a repaired one. Undefined where it is the model's own. */
export function chipBias(layer: Layer, given: Parametrized): ChipBias | undefined {
  const integer = integerBias(layer, given);
  if (integer !== undefined) {
    const { name, input, codes } = integer;
    return { name, input, dims: [codes.length], data: biasValues(integer) };
  }
  const { model, parameters } = given;
  const repaired = parameters.biases.has(layer.name)
    ? realBias(layer, { model, biases: parameters.biases })
    : undefined;
  return repaired && { ...layer.bias!, dims: repaired.dims, data: repaired.data as Float32Array };
}

/** The real values of an integer bias. */
export function biasValues({ codes, scales }: IntegerBias): Float32Array {
  return Float32Array.from(codes, (q, channel) => q * scales[scales.length === 1 ? 0 : channel]);
}
