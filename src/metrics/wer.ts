import { UserError } from '../errors.ts';
import { configurable } from './configurable.ts';
import { editRate, editScore } from './edit-rate.ts';
import { readTexts } from './read-texts.ts';
import { textFiles, textOptions } from './text-options.ts';

const wordsOf = (text: string) => text.split(/\s+/u).filter((word) => word !== '');

/**
 * Word error rate: insertions, deletions and substitutions of words over all samples, by the number of words that are
 * wanted; more than 1 where many are inserted. Words are what white space separates, in the case that they have. Labels are
 * texts. The interval is bootstrapped. As `wer` of jiwer.
 */
export const wer = configurable(
  'wer',
  textOptions,
  async (options, place) => {
    const read = await readTexts(options, place);
    return {
      ...editRate('wer'),
      score(outputs, label) {
        const said = read(outputs, label);
        if (typeof said.wanted !== 'string')
          throw new UserError('ids of tokens are no words: name the characters of the metric, or take cer');
        return editScore(wordsOf(said.wanted), wordsOf(said.heard as string));
      },
    };
  },
  textFiles,
);
