import { UserError } from '../errors.ts';
import { type PositionScale, positionScale } from '../numerics/position-scale.ts';
import type { LayerParameters, ParameterSet, TensorParameters } from './parameter-set.ts';

/**
 * Refuses a set that gives one operand of a product from outside and leaves the other to Cambricon's library: the
 * chip multiplies integers with integers, so both operands have parameters or the layer stays in float.
 *
 * @throws UserError naming the layer
 */
export function refuseHalfGiven(set: ParameterSet): void {
  for (const { name, inputs, weight } of set.layers) {
    if (inputs.length + (weight === undefined ? 0 : 1) === 1) {
      const [given, missing] =
        weight === undefined ? ['one input', 'the other'] : ['its weight', 'its input'];
      throw new UserError(
        `layer "${name}": ${given} has parameters and ${missing} has none, but Cambricon takes both or neither: give both`,
      );
    }
  }
}

/** The tensors that a layer multiplies, inputs first. */
export function operandsOf({ inputs, weight }: LayerParameters): TensorParameters[] {
  return weight === undefined ? [...inputs] : [...inputs, weight];
}

/** Why Cambricon's int8 and int16 cannot hold the operands of a layer; undefined if they can. */
export function notSymmetricInt(layer: LayerParameters): string | undefined {
  for (const { bits, symmetric } of operandsOf(layer)) {
    if (bits !== 8 && bits !== 16) return `its integers have ${bits} bits, and the format knows 8 and 16`;
    if (!symmetric) return 'its zero point is not 0, and the format has no field for it';
  }
  return undefined;
}

/**
 * Room for the rounding of a float32 step: the step of magnitude 1 has the position of 1, as mlu-ops gives it, though
 * 127 · fround(1/127) is a little below 1.
 */
const ROUNDING = 1 + 2 ** -24;

/** Position and scale of each channel of a symmetric tensor: 2^position / scale is the step. */
export function positionScalesOf({ scales, bits }: TensorParameters): PositionScale[] {
  return scales.map((step) => {
    const { position } = positionScale((2 ** (bits - 1) - 1) * step * ROUNDING, bits);
    return { position, scale: 2 ** position / step, offset: 0 };
  });
}

/** A symmetric tensor of the target's own grid, as the readers of its formats return it. */
export function symmetricTensor(
  fields: Pick<TensorParameters, 'name' | 'kind' | 'bits' | 'axis' | 'scales'>,
): TensorParameters {
  const half = 2 ** (fields.bits - 1);
  return { ...fields, symmetric: true, qmin: -half, qmax: half - 1, zeroPoints: fields.scales.map(() => 0) };
}
