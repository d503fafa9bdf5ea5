import { InvalidArgumentError } from 'commander';

const MOST_MINUTES = 1440;

/** The value of `--minutes`. @throws InvalidArgumentError for what is no number of minutes */
export function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (text.trim() !== '' && minutes > 0 && minutes <= MOST_MINUTES) return minutes;
  throw new InvalidArgumentError(`must be a number above 0, at most ${MOST_MINUTES}`);
}
