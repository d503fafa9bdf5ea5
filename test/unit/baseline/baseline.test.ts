import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Baseline, mismatch, readBaseline, writeBaseline } from '../../../src/baseline/baseline.ts';
import { UserError } from '../../../src/errors.ts';
import { agreement } from '../../../src/metrics/agreement.ts';
import { top1 } from '../../../src/metrics/top1.ts';

const baseline: Baseline = {
  model: 'm',
  modelSha256: 'a'.repeat(64),
  dataSha256: 'b'.repeat(64),
  metric: 'top1',
  value: 0.5,
  scores: [1, 0],
  references: [],
  tool: '0.1.0',
  provider: 'cpu',
  commit: null,
  date: '2026-01-02T03:04:05.678Z',
};
const expected = {
  model: 'm',
  modelSha256: baseline.modelSha256,
  dataSha256: baseline.dataSha256,
  metric: top1,
  isQuantized: false,
};

describe('a baseline file', () => {
  it('reads back as it was written, float references included', () => {
    const kept = { ...baseline, references: [Float32Array.of(1.5, -2), 3] };
    expect(readBaseline(writeBaseline(kept), 'b.json')).toEqual(kept);
  });

  it('ends in a UserError for anything else', () => {
    const text = writeBaseline(baseline);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string(), (from, to, insert) => {
        try {
          readBaseline(text.slice(0, from) + insert + text.slice(to), 'b.json');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});

describe('a baseline', () => {
  it('can be compared with, also by another version of the model', () => {
    expect(mismatch(baseline, expected, 'b.json')).toBeUndefined();
    expect(mismatch(baseline, { ...expected, modelSha256: 'c'.repeat(64) }, 'b.json')).toBeUndefined();
  });

  it('cannot be compared with for a reason in words', () => {
    expect(mismatch(baseline, { ...expected, dataSha256: 'c'.repeat(64) }, 'b.json')).toMatch(
      /data, labels or preprocessing have changed/,
    );
    expect(mismatch({ ...baseline, metric: 'top5' }, expected, 'b.json')).toMatch(/metric top5, not top1/);
    expect(mismatch({ ...baseline, value: 0.6 }, expected, 'b.json')).toMatch(/scores do not give the value/);
    const agreed = { ...baseline, metric: 'agreement', references: [1, 2] };
    const other = { ...expected, metric: agreement, modelSha256: 'c'.repeat(64) };
    expect(mismatch(agreed, other, 'b.json')).toMatch(/the model has changed since/);
    // The FP32 of a quantized model is another model.
    expect(mismatch(agreed, { ...other, isQuantized: true }, 'b.json')).toBeUndefined();
  });

  it('of another model is an error', () => {
    expect(() => mismatch(baseline, { ...expected, model: 'n' }, 'b.json')).toThrow(
      /baseline of model "m", not of "n"/,
    );
  });
});
