import { configurable } from './configurable.ts';
import { meanScore } from './mean-score.ts';
import { readTexts } from './read-texts.ts';
import { textFiles, textOptions } from './text-options.ts';

/**
 * Share of samples of which the model says just what is wanted: the same text but for white space around it, or the same
 * ids. Labels are texts or ids. The interval is exact, of the samples that change (Tango).
 */
export const exactMatch = configurable(
  'exact-match',
  textOptions,
  async (options, place) => {
    const read = await readTexts(options, place);
    return {
      name: 'exact-match',
      unit: 'fraction',
      higherIsBetter: true,
      labels: 'any',
      reference: false,
      decomposable: true,
      score(outputs, label) {
        const { wanted, heard } = read(outputs, label);
        return textOf(wanted) === textOf(heard) ? 1 : 0;
      },
      aggregate: meanScore,
    };
  },
  textFiles,
);

const textOf = (said: string | readonly number[]) => (typeof said === 'string' ? said.trim() : said.join());
