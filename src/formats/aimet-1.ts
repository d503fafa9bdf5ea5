import { z } from 'zod';
import {
  channelObstacle,
  contentsOf,
  entryError,
  isSignedSymmetric,
  jsonObject,
  namedEntries,
  offsetsOf,
  quantizerArgs,
  readObject,
  select,
  tensorOf,
} from './aimet.ts';
import type {
  BlockScales,
  LeftOut,
  ParameterFormat,
  ReadParameters,
  TensorParameters,
} from './parameter-set.ts';

const lists = { activation_encodings: 'activation', param_encodings: 'weight' } as const;

const numbers = z.array(z.number()).min(1);
const entry = z.strictObject({
  name: z.string(),
  enc_type: z.enum(['PER_TENSOR', 'PER_CHANNEL', 'PER_BLOCK', 'LPBQ']),
  dtype: z.enum(['INT', 'FLOAT']),
  bw: z.int().min(2).max(32),
  is_sym: z.boolean().default(false),
  // Not in the specification; some checkpoints for QAIRT have it.
  axis: z.int().min(-64).max(63).optional(),
  scale: numbers.optional(),
  offset: z.array(z.int()).min(1).optional(),
  min: numbers.optional(),
  max: numbers.optional(),
  zero_point_shift: numbers.optional(),
  block_size: z.unknown().optional(),
  compressed_bw: z.unknown().optional(),
  per_block_int_scale: z.unknown().optional(),
});

/**
 * AIMET encodings 1.0.0: lists of entries, the channels of a tensor in one entry, no min and max. The converters of
 * SNPE and QNN choose this parser by the exact version.
 */
export const encodings1: ParameterFormat = {
  file: 'encodings-1.0.0.json',
  title: 'AIMET encodings, 1.0.0',
  write(set) {
    const { activations, weights, left } = select(set, channelObstacle);
    const file = {
      version: '1.0.0',
      activation_encodings: activations.map(entryOf),
      param_encodings: weights.map(entryOf),
      quantizer_args: quantizerArgs(activations, weights),
      excluded_layers: [],
    };
    return { text: `${JSON.stringify(file, null, 2)}\n`, left };
  },
  recognizes(text) {
    const file = jsonObject(text);
    return file?.version === '1.0.0' && Object.keys(lists).some((list) => Array.isArray(file[list]));
  },
  read(text, where) {
    const file = readObject(text, where);
    const entries = Object.entries(lists).flatMap(([list, kind]) =>
      namedEntries(file[list] ?? [], `${where}: ${list}`).map(({ value, place }) =>
        readEntry(value, kind, place),
      ),
    );
    return contentsOf(entries);
  },
};

function entryOf(t: TensorParameters) {
  if (t.blocks !== undefined) return blockEntry(t, t.blocks);
  return {
    name: t.name,
    enc_type: t.axis === null ? 'PER_TENSOR' : 'PER_CHANNEL',
    dtype: 'INT',
    bw: t.bits,
    is_sym: isSignedSymmetric(t),
    scale: t.scales,
    offset: offsetsOf(t),
  };
}

/** `bw` and `offset` are of integers in units of the channel's scale, `compressed_bw` of what is stored. */
function blockEntry(t: TensorParameters, { size, channelScales, channelBits, multiples }: BlockScales) {
  return {
    name: t.name,
    enc_type: 'LPBQ',
    dtype: 'INT',
    bw: channelBits,
    is_sym: true,
    scale: channelScales,
    offset: channelScales.map(() => -(2 ** (channelBits - 1))),
    compressed_bw: t.bits,
    block_size: size,
    per_block_int_scale: multiples,
  };
}

function readEntry(value: unknown, kind: TensorParameters['kind'], place: string): ReadParameters | LeftOut {
  const parsed = entry.safeParse(value);
  if (!parsed.success) throw entryError(place, parsed.error.issues[0]);
  const { name, enc_type, dtype, bw: bits, is_sym: symmetric, axis, scale, offset, min, max } = parsed.data;
  if (dtype === 'FLOAT') return { name, why: `stays in ${bits}-bit floating point` };
  if (enc_type === 'PER_BLOCK' || enc_type === 'LPBQ') return { name, why: 'has one scale per block' };
  if (parsed.data.zero_point_shift?.some((shift) => shift !== 0)) {
    return { name, why: 'has a fractional zero point' };
  }
  const count = scale?.length ?? min?.length;
  if (count === undefined)
    return { name, why: `asks for ${bits} bits without a range: the quantizer chooses it` };
  const perChannel = enc_type === 'PER_CHANNEL';
  if (
    [scale, offset, min, max].some((list) => list && list.length !== count) ||
    (!perChannel && count !== 1)
  ) {
    throw entryError(place, { path: [], message: 'scale, offset, min and max are not of one length' });
  }
  const channels = Array.from({ length: count }, (_, i) => ({
    scale: scale?.[i],
    offset: offset?.[i],
    min: min?.[i],
    max: max?.[i],
  }));
  return tensorOf({ name, kind, bits, symmetric }, channels, perChannel ? axis : null, place);
}
