import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Baseline,
  holdsFp32Of,
  mismatch,
  readBaseline,
  writeBaseline,
} from '../../../src/baseline/baseline.ts';
import { type StoredTarget, storedInt8 } from '../../../src/baseline/stored-target.ts';
import { UserError } from '../../../src/errors.ts';
import { agreement } from '../../../src/metrics/agreement.ts';
import { top1 } from '../../../src/metrics/top1.ts';

const scheme = { weights: 'per-tensor', weightBits: 8, activationBits: 8, range: 'mse' } as const;
const int8: StoredTarget = {
  target: 'snpe',
  scheme,
  rangesSha256: 'e'.repeat(64),
  modelSha256: 'a'.repeat(64),
  value: 0,
  scores: [0, 0],
  drop: 0.5,
  interval: [-0.4, 0.9],
  worstLayer: 'conv1',
  maxBitsLost: 0.5,
};
const baseline: Baseline = {
  model: 'm',
  modelSha256: 'a'.repeat(64),
  dataSha256: 'b'.repeat(64),
  metric: 'top1',
  value: 0.5,
  scores: [1, 0],
  references: [],
  targets: [int8],
  tool: '0.1.0',
  provider: 'cpu',
  commit: null,
  date: '2026-01-02T03:04:05.678Z',
};
const expected = { model: 'm', dataSha256: baseline.dataSha256, metric: top1 };

describe('a baseline file', () => {
  it('reads back as it was written, float references included', () => {
    const kept = { ...baseline, references: [Float32Array.of(1.5, -2), 3] };
    expect(readBaseline(writeBaseline(kept), 'b.json')).toEqual(kept);
  });

  it('of FP32 alone, as earlier versions wrote it, has no targets', () => {
    const { targets: _, ...earlier } = JSON.parse(writeBaseline(baseline));
    const text = JSON.stringify({ ...earlier, quantgateBaseline: 1 });
    expect(readBaseline(text, 'b.json')).toEqual({ ...baseline, targets: [] });
  });

  it('is refused where a target has other samples than FP32', () => {
    const odd = { ...baseline, targets: [{ ...int8, scores: [1] }] };
    expect(() => readBaseline(writeBaseline(odd), 'b.json')).toThrow(
      'b.json is not a baseline (1 scores of snpe for 2 samples): make it again with npx --no -- quantgate baseline',
    );
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
  it('can be compared with on the same data, by any version of the model', () => {
    expect(mismatch(baseline, expected, 'b.json')).toBeUndefined();
  });

  it('holds FP32 of the model that it was measured on', () => {
    const wanted = { modelSha256: baseline.modelSha256, isQuantized: false, metric: top1 };
    const other = { ...wanted, modelSha256: 'c'.repeat(64) };
    expect(holdsFp32Of(baseline, wanted)).toBe(true);
    expect(holdsFp32Of(baseline, other)).toBe(false);
    // The FP32 of a quantized model that names none is the stored one.
    expect(holdsFp32Of(baseline, { ...other, isQuantized: true })).toBe(true);
    // But not where that was another quantized file.
    expect(holdsFp32Of({ ...baseline, isOfQuantized: true }, { ...other, isQuantized: true })).toBe(false);
    // What is compared with FP32's outputs needs them.
    expect(holdsFp32Of(baseline, { ...wanted, metric: agreement })).toBe(false);
    expect(holdsFp32Of({ ...baseline, references: [1, 2] }, { ...wanted, metric: agreement })).toBe(true);
  });

  it('holds INT8 of a target that is quantized and measured alike, or says why not', () => {
    const wanted = { target: 'snpe', scheme, tool: '0.1.0' };
    expect(storedInt8(baseline, wanted)).toBe(int8);
    const why = (changes: Partial<typeof wanted> | { scheme: StoredTarget['scheme'] }) =>
      storedInt8(baseline, { ...wanted, ...changes });
    expect(why({ target: 'tensorrt' })).toEqual({
      missing: 'the baseline does not have this target yet',
    });
    expect(why({ scheme: { ...scheme, range: 'kl' } })).toEqual({
      missing: 'the baseline has this target by another scheme',
    });
    expect(why({ tool: '0.2.0' })).toEqual({
      missing: 'the baseline was measured by quantgate 0.1.0',
    });
  });

  it('cannot be compared with for a reason in words', () => {
    expect(mismatch(baseline, { ...expected, dataSha256: 'c'.repeat(64) }, 'b.json')).toMatch(
      /data, labels or preprocessing have changed/,
    );
    expect(mismatch({ ...baseline, metric: 'top5' }, expected, 'b.json')).toMatch(/metric top5, not top1/);
    expect(mismatch({ ...baseline, value: 0.6 }, expected, 'b.json')).toMatch(/scores do not give the value/);
    expect(mismatch({ ...baseline, scores: ['a', null] }, expected, 'b.json')).toMatch(
      /scores are none of top1/,
    );
    expect(mismatch({ ...baseline, value: 2, scores: [2, 2] }, expected, 'b.json')).toMatch(
      /value is none of top1/,
    );
    const forged = { ...baseline, targets: [{ ...int8, value: 1 }] };
    expect(mismatch(forged, expected, 'b.json')).toMatch(/scores do not give the value/);
  });

  it('of another model is an error', () => {
    expect(() => mismatch(baseline, { ...expected, model: 'n' }, 'b.json')).toThrow(
      /baseline of model "m", not of "n"/,
    );
  });
});
