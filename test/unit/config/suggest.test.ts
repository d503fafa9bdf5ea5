import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/config/suggest.ts';

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
