import { describe, expect, it } from 'vitest';
import { nearest, otherNames } from '../../../src/config/suggest.ts';

describe('nearest', () => {
  const known = ['labels', 'range', 'ranges', 'max-drop'];

  it.each([
    ['lable', 'labels'],
    ['rnage', 'range'],
    ['maxdrop', 'max-drop'],
    ['range', 'range'],
  ])('%s is near %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it.each(['x', 'ra', 'something', '', 'x'.repeat(100_000)])('nothing is near "%.10s"', (word) => {
    expect(nearest(word, known)).toBeUndefined();
  });
});

it('otherNames is the nearest name, or the first three', () => {
  const known = ['conv1', 'stem', 'head', 'tail'];
  expect(otherNames('cnov1', known)).toBe('did you mean "conv1"?');
  expect(otherNames('nobody', known)).toBe('use names such as "conv1", "stem", "head"');
});
