import { z } from 'zod';
import { contentsOf, entryError, float32, jsonObject, namedEntries, readObject, select } from './aimet.ts';
import type {
  BlockScales,
  LeftOut,
  ParameterFormat,
  ReadParameters,
  TensorParameters,
} from './parameter-set.ts';

const integers = ['int2', 'uint2', 'int4', 'uint4', 'int8', 'uint8', 'int16', 'uint16', 'int32'];

const entry = z.strictObject({
  name: z.string(),
  output_dtype: z.string().max(32),
  y_scale: z.unknown().optional(),
  y_zero_point: z.unknown().optional(),
  axis: z.union([z.int().min(-64).max(63), z.array(z.int())]).optional(),
  block_size: z.unknown().optional(),
  per_block_int_scale: z.unknown().optional(),
  per_channel_float_scale: z.unknown().optional(),
});
const scalarOrList = z.union([z.number().transform((x) => [x]), z.array(z.number()).min(1)]);

/**
 * AIMET encodings 2.0.0: one list, each entry in the terms of ONNX's QuantizeLinear, zero points with its sign; it does
 * not tell weights from activations. 2.1.0, which may quantize the scales as well, is read.
 */
export const encodings2: ParameterFormat = {
  file: 'encodings-2.0.0.json',
  title: 'AIMET encodings, 2.0.0 or 2.1.0',
  write(set) {
    const { activations, weights, left } = select(set, obstacle);
    const file = { version: '2.0.0', encodings: [...activations, ...weights].map(entryOf) };
    return { text: `${JSON.stringify(file, null, 2)}\n`, left };
  },
  recognizes(text) {
    const file = jsonObject(text);
    return (file?.version === '2.0.0' || file?.version === '2.1.0') && Array.isArray(file.encodings);
  },
  read(text, where) {
    const { encodings } = readObject(text, where);
    const entries = namedEntries(encodings, `${where}: encodings`);
    return contentsOf(entries.map(({ value, place }) => readEntry(value, place)));
  },
};

function obstacle(t: TensorParameters): string | undefined {
  if (!integers.includes(dtypeOf(t))) return `encodings 2.0.0 have no ${dtypeOf(t)}`;
  if (t.qmin < 0 && t.qmin !== -(2 ** (t.bits - 1)))
    return `${dtypeOf(t)} of encodings 2.0.0 reaches below ${t.qmin}`;
  return undefined;
}

function dtypeOf(t: TensorParameters): string {
  return `${t.qmin < 0 ? 'int' : 'uint'}${t.bits}`;
}

function entryOf(t: TensorParameters) {
  const { name, axis, scales, zeroPoints } = t;
  const output_dtype = dtypeOf(t);
  if (t.blocks !== undefined) return blockEntry(t, t.blocks);
  return axis === null
    ? { name, y_scale: scales[0], y_zero_point: zeroPoints[0], output_dtype }
    : { name, y_scale: scales, y_zero_point: zeroPoints, axis, output_dtype };
}

/** Scales nested as the weight is, with blocks along `axis`; channels have one place along all other dimensions. */
function blockEntry(t: TensorParameters, { axis, size, shape, channelScales, multiples }: BlockScales) {
  const perChannel = shape[axis];
  return {
    name: t.name,
    output_dtype: dtypeOf(t),
    axis,
    block_size: size,
    per_block_int_scale: nested(shape, (at) => multiples[at[t.axis!] * perChannel + at[axis]]),
    per_channel_float_scale: nested(shape.with(axis, 1), (at) => channelScales[at[t.axis!]]),
  };
}

type Nested = number | Nested[];

function nested(
  shape: readonly number[],
  value: (at: readonly number[]) => number,
  at: number[] = [],
): Nested {
  if (at.length === shape.length) return value(at);
  return Array.from({ length: shape[at.length] }, (_, i) => nested(shape, value, [...at, i]));
}

function readEntry(value: unknown, place: string): ReadParameters | LeftOut {
  const parsed = entry.safeParse(value);
  if (!parsed.success) throw entryError(place, parsed.error.issues[0]);
  const { name, output_dtype, axis, block_size, per_block_int_scale } = parsed.data;
  if (/^b?float/.test(output_dtype)) return { name, why: `stays in ${output_dtype}` };
  if (!integers.includes(output_dtype)) {
    throw entryError(place, { path: ['output_dtype'], message: `is not a type of these encodings` });
  }
  if ((block_size ?? per_block_int_scale) !== undefined) return { name, why: 'has one scale per block' };
  if (typeof parsed.data.y_scale === 'object' && 'x' in (parsed.data.y_scale ?? {})) {
    return { name, why: 'has quantized scales' };
  }
  const scales = listOf(parsed.data.y_scale, 'y_scale', place).map((scale) => float32(scale, place));
  const given = listOf(parsed.data.y_zero_point ?? 0, 'y_zero_point', place);
  const zeroPoints = given.length === 1 ? scales.map(() => given[0]) : given;
  if (zeroPoints.length !== scales.length || Array.isArray(axis)) {
    throw entryError(place, { path: [], message: 'y_scale, y_zero_point and axis do not fit together' });
  }
  if (!zeroPoints.every(Number.isInteger)) return { name, why: 'has a fractional zero point' };
  const bits = Number(output_dtype.replace(/\D/g, ''));
  const signed = output_dtype.startsWith('int');
  const qmin = signed ? -(2 ** (bits - 1)) : 0;
  const qmax = qmin + 2 ** bits - 1;
  if (zeroPoints.some((z) => z < qmin || z > qmax)) {
    throw entryError(place, { path: ['y_zero_point'], message: `is beyond ${output_dtype}` });
  }
  return {
    name,
    kind: null,
    bits,
    symmetric: signed && zeroPoints.every((z) => z === 0),
    qmin,
    qmax,
    // Some exporters leave the axis out.
    axis: Array.isArray(parsed.data.y_scale) ? axis : null,
    scales,
    zeroPoints: zeroPoints.map((z) => z + 0),
  };
}

function listOf(value: unknown, key: string, place: string): number[] {
  const parsed = scalarOrList.safeParse(value);
  if (parsed.success) return parsed.data;
  throw entryError(place, { path: [key], message: 'is not a number or a list of numbers' });
}
