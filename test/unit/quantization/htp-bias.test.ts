import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sumBias } from '../../../src/quantization/htp-bias.ts';

/** Biases with a scale per channel, and what Qualcomm's library adds of them, in units of each channel's sum. */
const golden: {
  readonly codes: readonly number[];
  readonly scales: readonly number[];
  readonly kept: readonly number[];
} = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/htp-biases.json'), 'utf8'));

describe('a bias on HTP', () => {
  it('with a scale per channel is cut to what the library adds', () => {
    const { codes, scales, kept } = golden;
    const bias = sumBias({ codes: Int32Array.from(codes), scales: Float32Array.from(scales) }, undefined);
    expect(codes.map((_, c) => bias.cut(c))).toEqual(kept);
    expect(codes.map((_, c) => bias.exact(c))).toEqual(codes);
    expect(kept).not.toEqual(codes);
  });

  it('of zeros is zero, as none is', () => {
    const none = sumBias(undefined, undefined);
    const zeros = sumBias({ codes: new Int32Array(2), scales: Float32Array.of(1, 2) }, undefined);
    expect([none.cut(0), none.exact(0), zeros.cut(1), zeros.exact(1)]).toEqual([0, 0, 0, 0]);
  });
});
