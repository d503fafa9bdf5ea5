import { configurable } from './configurable.ts';
import { editRate, editScore } from './edit-rate.ts';
import { readTexts } from './read-texts.ts';
import { textFiles, textOptions } from './text-options.ts';

/** White space around a text is no part of it. */
const charactersOf = (text: string) => [...text.trim()];

/**
 * Character error rate: insertions, deletions and substitutions of Unicode characters over all samples, by the number of
 * characters that are wanted; of ids of tokens, where these have no text. Labels are texts or ids. The interval is
 * bootstrapped. As `cer` of jiwer.
 */
export const cer = configurable(
  'cer',
  textOptions,
  async (options, place) => {
    const read = await readTexts(options, place);
    return {
      ...editRate('cer'),
      score(outputs, label) {
        const { wanted, heard } = read(outputs, label);
        return typeof wanted === 'string'
          ? editScore(charactersOf(wanted), charactersOf(heard as string))
          : editScore(wanted, heard as readonly number[]);
      },
    };
  },
  textFiles,
);
