import { z } from 'zod';
import { quote } from '../errors.ts';
import {
  blockObstacle,
  channelObstacle,
  contentsOf,
  entryError,
  isSignedSymmetric,
  jsonObject,
  offsetsOf,
  quantizerArgs,
  readObject,
  select,
  tensorOf,
} from './aimet.ts';
import {
  type LeftOut,
  type ParameterFormat,
  type ReadParameters,
  rangesOf,
  type TensorParameters,
} from './parameter-set.ts';

const lists = { activation_encodings: 'activation', param_encodings: 'weight' } as const;

const channel = z.strictObject({
  bitwidth: z.int().min(2).max(32),
  dtype: z.enum(['int', 'float']).default('int'),
  // A word, true or false; AIMET wrote JSON booleans for a while.
  is_symmetric: z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]).default(false),
  scale: z.number().optional(),
  offset: z.int().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
const entry = z.array(channel).min(1);

/**
 * AIMET encodings 0.6.1: a map from tensor to a list with one item, or one per output channel. It is the version
 * that every converter of SNPE, QNN and QAIRT with `--quantization_overrides` reads; they want both min and max and
 * scale and offset, and `is_symmetric` as a word. 0.4.0 (no dtype), 0.5.0 (no quantizer_args) and what PPQ writes (no
 * version, offset without sign) are read as well.
 */
export const encodings0: ParameterFormat = {
  file: 'encodings.json',
  title: 'AIMET encodings, 0.6.1 or older',
  write(set) {
    const { activations, weights, left } = select(set, (t) =>
      t.bits < 4 ? 'encodings 0.6.1 know no less than 4 bits' : (blockObstacle(t) ?? channelObstacle(t)),
    );
    const args = quantizerArgs(activations, weights);
    const file = {
      version: '0.6.1',
      activation_encodings: Object.fromEntries(activations.map((t) => [t.name, itemsOf(t)])),
      param_encodings: Object.fromEntries(weights.map((t) => [t.name, itemsOf(t)])),
      quantizer_args: {
        ...args,
        is_symmetric: word(args.is_symmetric),
        per_channel_quantization: word(args.per_channel_quantization),
      },
    };
    return { text: `${JSON.stringify(file, null, 2)}\n`, left };
  },
  recognizes(text) {
    const file = jsonObject(text);
    return file !== undefined && Object.keys(lists).some((list) => isMap(file[list]));
  },
  read(text, where) {
    const file = readObject(text, where);
    const entries = Object.entries(lists).flatMap(([list, kind]) => {
      const map = file[list] ?? {};
      if (!isMap(map))
        throw entryError(`${where}: ${list}`, { path: [], message: 'is not a map of tensors' });
      return Object.entries(map).map(([name, value]) =>
        readEntry(name, kind, value, `${where}: ${list} ${quote(name)}`),
      );
    });
    return contentsOf(entries);
  },
};

function itemsOf(t: TensorParameters) {
  const offsets = offsetsOf(t);
  return rangesOf(t).map(({ alpha, beta }, i) => ({
    bitwidth: t.bits,
    dtype: 'int',
    is_symmetric: word(isSignedSymmetric(t)),
    max: beta,
    min: alpha,
    offset: offsets[i],
    scale: t.scales[i],
  }));
}

function readEntry(
  name: string,
  kind: TensorParameters['kind'],
  value: unknown,
  place: string,
): ReadParameters | LeftOut {
  const parsed = entry.safeParse(value);
  if (!parsed.success) throw entryError(place, parsed.error.issues[0]);
  const [first, ...others] = parsed.data;
  const { bitwidth: bits, dtype, is_symmetric: symmetric } = first;
  if (others.some((o) => o.bitwidth !== bits || o.dtype !== dtype || o.is_symmetric !== symmetric)) {
    throw entryError(place, { path: [], message: 'channels differ in bitwidth, dtype or is_symmetric' });
  }
  if (dtype === 'float') return { name, why: `stays in ${bits}-bit floating point` };
  if (parsed.data.every(({ scale, min, max }) => (scale ?? min ?? max) === undefined)) {
    return { name, why: `asks for ${bits} bits without a range: the quantizer chooses it` };
  }
  return tensorOf({ name, kind, bits, symmetric }, parsed.data, others.length > 0 ? undefined : null, place);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function word(flag: boolean): 'True' | 'False' {
  return flag ? 'True' : 'False';
}
