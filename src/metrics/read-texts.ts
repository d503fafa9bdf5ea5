import { z } from 'zod';
import { UserError } from '../errors.ts';
import { elementCount, type Tensor } from '../numerics/tensor.ts';
import type { Place } from '../paths.ts';
import { decodeTokens, endedTokens } from './decode-tokens.ts';
import type { Outputs } from './metric.ts';
import { readCharacters, type TextOptions } from './text-options.ts';

/** What a sample should say, and what the model says of it: both texts, or both ids where there is no text of tokens. */
export type WantedAndHeard =
  | { readonly wanted: string; readonly heard: string }
  | { readonly wanted: readonly number[]; readonly heard: readonly number[] };

const tensorSchema = z.object({
  dims: z.array(z.int().min(0)),
  data: z.custom<Tensor['data']>((data) => ArrayBuffer.isView(data) && !(data instanceof DataView)),
});
const labelSchema = z.union([z.string(), z.int(), z.array(z.int()), tensorSchema]);

/**
 * Reads what samples say. A label is a text, or the ids of its tokens.
 *
 * @throws UserError when the file of characters cannot be read
 */
export async function readTexts(
  options: TextOptions,
  place: Place,
): Promise<(outputs: Outputs, label: unknown) => WantedAndHeard> {
  const { characters, space } = options;
  const texts = characters === undefined ? undefined : await readCharacters(characters, place);
  const textOf = (ids: readonly number[]) => {
    const parts = ids.map((id) => {
      const text = texts![id];
      if (text === undefined)
        throw new UserError(`token ${id} is none of the ${texts!.length} of ${characters}: complete it`);
      return text;
    });
    return space === undefined ? parts.join('') : parts.join('').replaceAll(space, ' ');
  };
  return (outputs, label) => {
    const parsed = labelSchema.safeParse(label);
    if (!parsed.success)
      throw new UserError('the label is neither a text nor ids of tokens: give texts by a .csv or .json');
    const wanted = parsed.data;
    const heard = decodeTokens(outputs, options);
    if (typeof wanted === 'string') {
      if (texts === undefined)
        throw new UserError('the label is a text, the output has ids: name the characters of the metric');
      return { wanted, heard: textOf(heard) };
    }
    const ids = endedTokens(idsOf(wanted), options);
    return texts === undefined ? { wanted: ids, heard } : { wanted: textOf(ids), heard: textOf(heard) };
  };
}

function idsOf(label: number | number[] | z.output<typeof tensorSchema>): readonly number[] {
  if (typeof label === 'number') return [label];
  if (Array.isArray(label)) return label;
  const { dims, data } = label;
  if (
    elementCount(dims) !== data.length ||
    !(data instanceof BigInt64Array || Array.prototype.every.call(data, Number.isInteger))
  )
    throw new UserError('the label is no tensor of ids: give whole numbers');
  return Array.from(data as ArrayLike<number>, Number);
}
