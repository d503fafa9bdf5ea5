import { describe, expect, it } from 'vitest';
import { outputNoise } from '../../../src/attribution/impact/output-noise.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { floats } from '../../support/models.ts';

const rows = (...samples: number[][]) => samples.map((values) => ({ y: floats([1, values.length], values) }));

describe('noise at the outputs', () => {
  it('is pooled over samples as powers', () => {
    const { nsr, worstSample } = outputNoise(rows([3, 4], [0, 1]), rows([3, 5], [0, 0]), ['y']);
    expect(nsr).toBeCloseTo(2 / 26, 12);
    expect(worstSample).toBeCloseTo(0.5, 12);
  });

  it('is the mean over outputs, whatever their scale and size', () => {
    const scores = [1, 2, 2];
    const outputs = (score: number, box: number) => [
      { scores: floats([1, 3], [score, 2, 2]), boxes: floats([1, 2, 2], [box, 300, 0, 0]) },
    ];
    const noise = outputNoise(outputs(1, 300), outputs(1.3, 270), ['scores', 'boxes']);
    expect(noise.nsr).toBeCloseTo((0.09 / 9 + 900 / 180000) / 2, 6);
    const small = outputNoise(outputs(1, 300), outputs(1.3, 300), ['scores', 'boxes']);
    expect(small.nsr).toBeCloseTo(0.09 / 9 / 2, 6);
    expect(scores).toHaveLength(3);
  });

  it('is zero for equal outputs, and each sample has its part', () => {
    const same = rows([1, Number.NaN, Infinity], [2, 0, 1], [3, 1, 1], [4, 0, 0]);
    expect(outputNoise(same.slice(1), same.slice(1), ['y'])).toEqual({
      nsr: 0,
      worstSample: 1 / 3,
      samples: 3,
    });
    expect(outputNoise(same, same, ['y'])).toMatchObject({ nsr: 0, worstSample: 1 / 4 });
  });

  it.each([Number.NaN, Infinity, -Infinity])('is infinite where a value became %d', (value) => {
    const noise = outputNoise(rows([1, 2], [1, 2]), rows([1, value], [1, 2]), ['y']);
    expect(noise).toEqual({ nsr: Infinity, worstSample: 1, samples: 2 });
    const both = outputNoise(rows([1, 2], [1, 2]), rows([1, value], [value, 2]), ['y']);
    expect(both.worstSample).toBe(0.5);
  });

  it('on no signal is infinite, and left out beside an output that has signal', () => {
    expect(outputNoise(rows([0, 0]), rows([0, 1]), ['y']).nsr).toBe(Infinity);
    expect(outputNoise(rows([0, 0]), rows([0, 0]), ['y']).nsr).toBe(0);
    const fp32 = [{ y: floats([1, 1], [2]), dead: floats([1, 1], [0]) }];
    const quantized = [{ y: floats([1, 1], [3]), dead: floats([1, 1], [1]) }];
    expect(outputNoise(fp32, quantized, ['y', 'dead']).nsr).toBe(0.25);
  });

  it('is both powers where an output changed its length', () => {
    expect(outputNoise(rows([3, 4]), rows([3, 4, 5]), ['y'])).toEqual({
      nsr: (25 + 50) / 25,
      worstSample: 1,
      samples: 1,
    });
  });

  it('leaves out outputs that are no floating point', () => {
    const ids = (id: number): Tensor => ({ type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(id)) });
    const fp32 = [{ class: ids(1), y: floats([1, 2], [1, 1]) }];
    const quantized = [{ class: ids(2), y: floats([1, 2], [1, 2]) }];
    expect(outputNoise(fp32, quantized, ['class', 'y'])).toEqual({ nsr: 0.5, worstSample: 1, samples: 1 });
  });
});
