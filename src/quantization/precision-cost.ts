import { elementCount } from '../numerics/tensor.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { nodeNames } from './layer.ts';
import { multiplicationsOf } from './multiplications.ts';
import type { Quantized } from './quantized.ts';

/** What layers in another precision than the rest cost. */
export interface PrecisionCost {
  readonly layers: number;
  /** Of the operators that quantization enters, 0 to 1. */
  readonly unitShare: number;
  /** Of the multiplications of the model that are known, 0 to 1. */
  readonly multiplicationShare: number;
  /** Bytes that weights take more than with the bits of the scheme. */
  readonly weightBytes: number;
}

const BITS_PER_BYTE = 8;
const FLOAT_BITS = 32;

/**
 * @param names of the layers that have a precision of their own
 * @param shaped the model with the shapes that are known
 */
export function precisionCost(
  { plan, units, scheme, parameters, model, precision }: Quantized,
  names: ReadonlySet<string>,
  shaped: LoadedModel,
): PrecisionCost {
  let [all, own] = [0, 0];
  for (const [node, name] of nodeNames(shaped.view.graph)) {
    const count = multiplicationsOf(shaped, node) ?? 0;
    all += count;
    if (names.has(name)) own += count;
  }
  let bits = 0;
  for (const { name } of plan.layers) {
    const weight = parameters.weights.get(name);
    if (weight !== undefined && names.has(name))
      bits += elementCount(weight.dims) * (weight.grid.bits - scheme.weightBits);
  }
  for (const [node, name] of nodeNames(model.view.graph)) {
    if (!names.has(name) || !precision.floats.has(name)) continue;
    const weight = [1, 0].map((i) => model.view.initializers.get(node.input[i] ?? '')).find(Boolean);
    const elements = weight?.dims.reduce((product, d) => product * Number(d), 1) ?? 0;
    bits += elements * (FLOAT_BITS - scheme.weightBits);
  }
  return {
    layers: names.size,
    unitShare: names.size / Math.max(units.length + precision.floats.size, names.size, 1),
    multiplicationShare: all === 0 ? 0 : own / all,
    weightBytes: Math.round(bits / BITS_PER_BYTE),
  };
}
