import { describe, expect, it } from 'vitest';
import { emptyEvaluation, inDataOrder } from '../../../src/evaluation/evaluation.ts';
import { nextLook, ofSeen, onCommon, sampleOrder } from '../../../src/evaluation/looked.ts';

describe('the order of samples that are looked at on the way', () => {
  it('has each of them once, and is the same every time', () => {
    const order = sampleOrder(100);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(sampleOrder(100)).toEqual(order);
    expect(sampleOrder(0)).toEqual([]);
  });

  it('has samples from everywhere among the first', () => {
    const first = sampleOrder(1000).slice(0, 100);
    for (let tenth = 0; tenth < 10; tenth++)
      expect(first.filter((place) => Math.floor(place / 100) === tenth).length).toBeGreaterThan(2);
  });

  it('is looked at when half as many samples again are there', () => {
    expect([32, 48, 33].map(nextLook)).toEqual([48, 72, 50]);
  });
});

describe('samples that were seen', () => {
  const part = { scores: [1, 3], looked: { places: [1, 3], of: 5 } };

  it('are taken from the values of all', () => {
    expect(ofSeen(['a', 'b', 'c', 'd', 'e'], part.looked)).toEqual(['b', 'd']);
    expect(ofSeen(['a', 'b'], undefined)).toEqual(['a', 'b']);
  });

  it('are compared where both of two saw them', () => {
    const all = { scores: [10, 11, 12, 13, 14] };
    const more = { scores: [20, 21, 23], looked: { places: [0, 1, 3], of: 5 } };
    expect(onCommon(part, all)).toEqual([
      [1, 3],
      [11, 13],
    ]);
    expect(onCommon(more, part)).toEqual([
      [21, 23],
      [1, 3],
    ]);
    expect(onCommon(all, all)).toEqual([all.scores, all.scores]);
  });

  it('are the first where one of two ended before the other', () => {
    const [few, many] = [{ scores: [1, 2] }, { scores: [3, 4, 5] }];
    expect(onCommon(few, many)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(onCommon(many, few)).toEqual([
      [3, 4],
      [1, 2],
    ]);
    expect(onCommon(many, many)[0]).toBe(many.scores);
  });

  it('are put into the order of the data', () => {
    const evaluation = { ...emptyEvaluation(), scores: [9, 7, 8], greatest: [90, 70, 80] };
    expect(inDataOrder(evaluation, [4, 0, 2, 1, 3], 5)).toMatchObject({
      scores: [7, 8, 9],
      greatest: [70, 80, 90],
      references: [],
      looked: { places: [0, 2, 4], of: 5 },
    });
  });
});
