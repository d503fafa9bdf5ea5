import { expect, it } from 'vitest';
import { isWorthEvaluating } from '../../../src/pipeline/worth-evaluating.ts';

it.each([
  [1, 0.5, true],
  [1, 0.89, true],
  [1, 0.9, false],
  [1, 1, false],
  [1, 2, false],
  [1, 0, true],
])('is noise of %d that becomes %d: %s', (before, after, isWorth) => {
  expect(isWorthEvaluating(before, after)).toBe(isWorth);
});
