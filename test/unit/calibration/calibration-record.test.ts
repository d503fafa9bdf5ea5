import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Calibration,
  mergeCalibrations,
  readCalibration,
  sampleCount,
  writeCalibration,
} from '../../../src/calibration/calibration-record.ts';
import { parseShard, shardRange } from '../../../src/data/shard.ts';
import { UserError } from '../../../src/errors.ts';
import { createHistogram, observe } from '../../../src/numerics/histogram.ts';
import { noise } from '../../support/models.ts';

const values = noise(1000, 3).map((x, i) => x * 2 ** (i % 9));

/** The calibration of samples [from, to), ten values each. */
function calibrationOf([from, to]: readonly [number, number]): Calibration {
  const histogram = createHistogram();
  for (let i = from; i < to; i++) {
    const slice = values.subarray(10 * i, 10 * i + 10);
    observe(histogram, slice, Math.min(...slice), Math.max(...slice));
  }
  return {
    modelSha256: 'a'.repeat(64),
    dataSha256: 'b'.repeat(64),
    ranges: [[from, to]],
    histograms: new Map([['t', histogram]]),
  };
}

describe('shards of a calibration', () => {
  it('merge to the text of the whole, whatever their number and order', () => {
    const whole = writeCalibration('m', calibrationOf([0, 100]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.nat()), (count, order) => {
        const shards = Array.from({ length: count }, (_, i) =>
          calibrationOf(shardRange([0, 100], { index: i + 1, count }, 3)),
        );
        const shuffled = shards.map((s) => [order.next().value, s] as const).sort(([a], [b]) => a - b);
        const merged = mergeCalibrations(shuffled.map(([, s]) => s));
        expect(sampleCount(merged)).toBe(100);
        expect(writeCalibration('m', merged)).toBe(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('are refused when they overlap or do not belong together', () => {
    const [a, b] = [calibrationOf([0, 60]), calibrationOf([50, 100])];
    expect(() => mergeCalibrations([a, b])).toThrow(/both hold sample 50/);
    expect(() => mergeCalibrations([a, { ...b, modelSha256: 'c'.repeat(64) }])).toThrow(/different models/);
    expect(() => mergeCalibrations([a, { ...b, dataSha256: 'c'.repeat(64) }])).toThrow(/different data/);
    expect(() => mergeCalibrations([a, { ...b, histograms: new Map() }])).toThrow(/different tensors/);
  });

  it('are named 1/3 and the like, and are never empty', () => {
    expect(parseShard('2/3')).toEqual({ index: 2, count: 3 });
    for (const text of ['0/3', '4/3', '1', 'a/b', '1/3x']) expect(() => parseShard(text)).toThrow(UserError);
    expect(() => shardRange([0, 2], { index: 1, count: 3 }, 1)).toThrow(/cut them into 2 at most/);
  });
});

describe('a calibration file', () => {
  it('reads back as it was written', () => {
    const text = writeCalibration('m', calibrationOf([0, 20]));
    const { model, calibration } = readCalibration(text, 'c.json');
    expect(writeCalibration(model, calibration)).toBe(text);
  });

  it('ends in a UserError for anything else', () => {
    const text = writeCalibration('m', calibrationOf([0, 5]));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string(), (from, to, insert) => {
        try {
          readCalibration(text.slice(0, from) + insert + text.slice(to), 'c.json');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});
