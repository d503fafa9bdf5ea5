import { expect, it } from 'vitest';
import { aboutDuration } from '../../../src/words/duration.ts';

it.each([
  [0.02, 'about 1 s'],
  [12.6, 'about 13 s'],
  [134, 'about 2 minutes'],
  [5399, 'about 90 minutes'],
  [9000, 'about 2.5 hours'],
])('%d seconds are %s', (seconds, words) => {
  expect(aboutDuration(seconds)).toBe(words);
});
