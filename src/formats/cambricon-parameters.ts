import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { positionScaleOffset, stepOf } from '../numerics/position-scale.ts';
import { operandsOf, positionScalesOf, refuseHalfGiven } from './cambricon-layers.ts';
import { expressible } from './expressible.ts';
import { MAX_CHANNELS, MAX_LAYERS } from './json-limits.ts';
import { type ParameterFormat, rangesOf, type TensorParameters } from './parameter-set.ts';
import { checkedStep } from './scale.ts';

const name = z.string().min(1).max(4096);
const channels = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(MAX_CHANNELS);

const tensor = z.strictObject({
  name,
  kind: z.enum(['activation', 'weight']),
  bits: z.int().min(2).max(16),
  symmetric: z.boolean(),
  axis: z.int().min(0).max(63).nullable(),
  position: channels(z.int().min(-128).max(127)),
  scale: channels(z.number().positive()),
  offset: channels(z.int().min(-32768).max(32767)),
  step: channels(z.number().positive()),
});
const file = z.strictObject({
  quantgateCambricon: z.literal(1),
  layers: z
    .array(z.strictObject({ name, op: name, operands: z.array(tensor).min(1).max(2) }))
    .max(MAX_LAYERS),
});
type PlainTensor = z.output<typeof tensor>;

/**
 * Position, scale and offset of every operand of every layer, for code that calls CNNL, CNRT or CNML itself. The
 * scale is float32, as a chip holds it, and can lack the step's last bit: 1 / x maps two float32 steps to one scale
 * where the significand of the step is above √2. The float32 step therefore lies beside it.
 */
export const cambriconParameters: ParameterFormat = {
  file: 'parameters.json',
  title: 'Cambricon position, scale and offset',

  write(set) {
    refuseHalfGiven(set);
    const { layers, left } = expressible(set, (layer) =>
      operandsOf(layer).every(isSigned)
        ? undefined
        : 'its integers are unsigned, and an MLU knows signed ones',
    );
    const plain = layers.map((layer) => ({
      name: layer.name,
      op: layer.op,
      operands: operandsOf(layer).map(toPlain),
    }));
    return { text: `${JSON.stringify({ quantgateCambricon: 1, layers: plain }, undefined, 1)}\n`, left };
  },

  recognizes: (text) => /^\s*\{\s*"quantgateCambricon"/.test(text),

  read(text, where) {
    const { layers } = parseJson(text, file, {
      where,
      what: 'a Cambricon parameter file',
      remedy: 'make the file again',
    });
    const tensors = layers.flatMap((layer) =>
      layer.operands.map((each) => fromPlain(each, `${where}: layer "${layer.name}", tensor "${each.name}"`)),
    );
    return { tensors, left: [] };
  },
};

function isSigned({ bits, qmin }: TensorParameters): boolean {
  return qmin === -(2 ** (bits - 1));
}

function toPlain(t: TensorParameters): PlainTensor {
  const { name, kind, bits, symmetric, axis, scales, zeroPoints } = t;
  const parts = symmetric
    ? positionScalesOf(t)
    : rangesOf(t).map(({ alpha, beta }) => positionScaleOffset(alpha, beta, bits));
  return {
    name,
    kind,
    bits,
    symmetric,
    axis,
    position: parts.map((p) => p.position),
    scale: parts.map((p) => Math.fround(p.scale)),
    offset: [...zeroPoints],
    step: [...scales],
  };
}

/** More than the rounding of a float32 scale and step can make of their quotient. */
const TOLERANCE = 2 ** -22;

function fromPlain(plain: PlainTensor, at: string): TensorParameters {
  const { name, kind, bits, symmetric, axis, position, scale, offset, step } = plain;
  if ([scale, offset, step].some(({ length }) => length !== position.length)) {
    throw new UserError(
      `${at}: position, scale, offset and step must have as many values: make the file again`,
    );
  }
  const scales = step.map((each, i) => {
    const stored = checkedStep(each, at);
    const derived = stepOf({ position: position[i], scale: scale[i] });
    if (Math.abs(derived / stored - 1) > TOLERANCE) {
      throw new UserError(
        `${at}: 2^position / scale is ${derived} and step is ${stored}: they must be equal, make the file again`,
      );
    }
    return stored;
  });
  const half = 2 ** (bits - 1);
  return {
    name,
    kind,
    bits,
    symmetric,
    qmin: -half,
    qmax: half - 1,
    axis,
    scales,
    zeroPoints: offset,
  };
}
