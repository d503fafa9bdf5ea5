import type { Histogram } from '../numerics/histogram.ts';
import { readTensor } from '../onnx/tensors.ts';
import { type ActivationBitUse, bitUse } from '../quantization/bit-use.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { type WeightBitUse, weightBitUse } from '../quantization/weight-bit-use.ts';
import type { TensorBits } from '../verdict/bits-budget.ts';

/** How well the ranges use their bits; tensors without signal or noise have none. */
export interface BitUses {
  readonly activations: ReadonlyMap<string, ActivationBitUse>;
  /** By layer name. */
  readonly weights: ReadonlyMap<string, WeightBitUse>;
}

/**
 * How well a quantized model uses its bits, on the values that calibration has seen.
 *
 * @param beat called before each layer with a weight
 */
export function bitUsesOf(
  { model, scheme, plan, parameters }: Quantized,
  histograms: ReadonlyMap<string, Histogram>,
  beat: () => void,
): BitUses {
  const activations = new Map<string, ActivationBitUse>();
  for (const [name, params] of parameters.activations) {
    // A constant that an operator takes like an activation has none.
    const histogram = histograms.get(name);
    const use = histogram && bitUse(histogram, params, params.grid);
    if (use !== undefined) activations.set(name, use);
  }
  const weights = new Map<string, WeightBitUse>();
  const { initializers } = model.view;
  for (const { name, weight } of plan.layers) {
    const chosen = parameters.weights.get(name);
    if (weight === undefined || chosen === undefined) continue;
    beat();
    const values = readTensor(initializers.get(weight.name)!, model.where).data as Float32Array;
    const use = weightBitUse(values, chosen, weight.axis, scheme.target.rounding);
    if (use !== undefined) weights.set(name, use);
  }
  return { activations, weights };
}

/** What the budgets on bits look at, under the names of the user's model; a weight of several layers comes several times. */
export function tensorBits(
  { model, plan, parameters }: Quantized,
  bits: BitUses,
): [name: string, TensorBits][] {
  const tensors: [string, TensorBits][] = [];
  for (const { name, weight } of plan.layers) {
    const use = bits.weights.get(name);
    if (weight === undefined || use === undefined) continue;
    const { params, grid } = parameters.weights.get(name)!;
    const alpha = params.reduce((least, p) => Math.min(least, p.alpha), Infinity);
    const beta = params.reduce((most, p) => Math.max(most, p.beta), -Infinity);
    const original = model.weightNames.get(weight.name) ?? weight.name;
    tensors.push([original, { ...use, bits: grid.bits, alpha, beta }]);
  }
  for (const [name, use] of bits.activations) {
    const { alpha, beta, grid } = parameters.activations.get(name)!;
    tensors.push([name, { ...use, bits: grid.bits, alpha, beta }]);
  }
  return tensors;
}
