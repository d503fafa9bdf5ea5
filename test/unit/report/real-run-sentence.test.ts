import { expect, it } from 'vitest';
import { realRunSentence } from '../../../src/report/real-run-sentence.ts';
import { attributed } from '../../support/sample-reports.ts';

const { metric } = attributed;
const realInt8 = { quantized: 0.5, drop: 0.46, agreement: 1 - 9 / 64, differing: 9, judges: true };

it('says what was run for real, and on how many of how many samples its emulation says the same', () => {
  const beside = { samples: 64, quantized: 0.6, emulated: 0.7, contradicts: false };
  expect(realRunSentence({ metric, realInt8: { ...realInt8, beside } })).toBe(
    "run for real by ONNX Runtime's int8 kernels: 50.00 %, drop 46.00 pp; the greatest output is that of the emulation in 55 of 64 samples",
  );
});

it('says it of all samples in older reports, and nothing where nothing was run', () => {
  expect(realRunSentence({ metric, realInt8 })).toMatch(/emulation in 85\.94 % of the samples$/);
  expect(realRunSentence({ metric })).toBeUndefined();
});
