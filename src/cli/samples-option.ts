import { InvalidArgumentError } from 'commander';

const MOST_SAMPLES = 10_000_000;

/** The value of `--samples`. @throws InvalidArgumentError for what is no number of samples */
export function parseSamples(text: string): number {
  const samples = Number(text);
  if (text.trim() !== '' && Number.isInteger(samples) && samples >= 1 && samples <= MOST_SAMPLES)
    return samples;
  throw new InvalidArgumentError(`must be a whole number from 1 to ${MOST_SAMPLES}`);
}
