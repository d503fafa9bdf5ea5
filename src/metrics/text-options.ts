import { extname } from 'node:path';
import { z } from 'zod';
import { relativePath } from '../data/relative-path.ts';
import { messageOf, UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { type Place, pathWithin } from '../paths.ts';
import { readText } from '../read-file.ts';

const id = z
  .int()
  .min(0)
  .max(2 ** 31);

/** How an output becomes a sequence of tokens, and these become text. */
export const textOptions = z.strictObject({
  characters: relativePath
    .optional()
    .describe('The text of each token: a .json list, or a .txt with one a line; the first is of id 0.'),
  decode: z
    .enum(['ctc', 'plain'])
    .optional()
    .describe('ctc: repeated ids are one, and blanks are left out. Default: ctc of scores, plain of ids.'),
  blank: id.default(0).describe('The id of the blank of ctc.'),
  end: id.optional().describe('Ids from this one on are left out.'),
  skip: z.array(id).max(1000).default([]).describe('Ids that are left out: padding, say.'),
  space: z
    .string()
    .min(1)
    .max(16)
    .optional()
    .describe('What stands for a space in the tokens: "|", or "▁" of SentencePiece.'),
});

export type TextOptions = z.output<typeof textOptions>;

export const textFiles = ({ characters }: TextOptions) => ({
  data: characters === undefined ? [] : [characters],
});

/** Bytes of a file of characters. */
const MAX_BYTES = 2 ** 24;

/**
 * The text of each token.
 *
 * @throws UserError when the file cannot be read
 */
export async function readCharacters(path: string, place: Place): Promise<readonly string[]> {
  const text = await readText(await pathWithin(place, path), MAX_BYTES).catch((error) => {
    throw error instanceof UserError
      ? error
      : new UserError(`${path} cannot be read (${messageOf(error)}): give the text of each token`);
  });
  if (extname(path).toLowerCase() === '.json')
    return parseJson(text, z.array(z.string()), {
      where: path,
      what: 'a list of the text of each token',
      remedy: 'give a JSON list of texts, or a .txt with one a line',
    });
  // A line may be a space, so that nothing but what ends it is taken away.
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}
