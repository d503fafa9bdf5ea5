import { describe, expect, it } from 'vitest';
import { beforeRoundingAgain } from '../../../src/emulation/qdq-constants.ts';

const codes = Int8Array.from({ length: 253 }, (_, i) => i - 126);
const given = {
  codes: { type: 'int8' as const, dims: [253], data: codes },
  axis: null,
  scales: Float32Array.of(0.3),
  zeroPoints: { type: 'int8' as const, data: new Int8Array(1) },
};

describe('weights for an importer that rounds them again', () => {
  it('become the given ones on the grid that it lays', () => {
    const written = beforeRoundingAgain(given);
    const [step] = written.scales;
    const laid = (128 * step) / 127;
    expect(laid).toBeCloseTo(0.3, 7);
    const again = Array.from(written.codes.data as Int8Array, (code) => Math.round((code * step) / laid));
    expect(again.map((code) => code + 0)).toEqual([...codes]);
  });

  it('are no farther from the given ones than half a step before that', () => {
    const written = beforeRoundingAgain(given);
    const distances = Array.from(written.codes.data as Int8Array, (code, i) =>
      Math.abs((code * written.scales[0]) / 0.3 - codes[i]),
    );
    expect(Math.max(...distances)).toBeLessThan(0.51);
  });
});
