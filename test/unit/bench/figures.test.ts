import { describe, expect, it } from 'vitest';
import { median, medians, seconds, table, times } from '../../../bench/figures.ts';

describe('the median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[10, 9], 9.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of none is no number', () => {
    expect(median([])).toBeNaN();
  });

  it('is taken of each figure by itself', () => {
    const runs = [
      { wall: 1, peak: 30 },
      { wall: 5, peak: 10 },
      { wall: 2, peak: 20 },
    ];
    expect(medians(runs)).toEqual({ wall: 2, peak: 20 });
  });
});

describe('figures', () => {
  it('have two or three digits, and a dash where nothing was measured', () => {
    expect([0.123, 3.06, 56.78].map(times)).toEqual(['0.12 ×', '3.1 ×', '57 ×']);
    expect([0.0123, 0.25, 1.25].map(seconds)).toEqual(['12.3 ms', '250 ms', '1.3 s']);
    expect(seconds(Number.NaN)).toBe('–');
  });

  it('stand to the right of what they are of', () => {
    expect(table(['', 'a'], [['gate', '1 s']]).split('\n')).toEqual([
      '| | a |',
      '| :- | -: |',
      '| gate | 1 s |',
    ]);
  });
});
