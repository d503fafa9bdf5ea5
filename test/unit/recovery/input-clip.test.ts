import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QuantParams, quantizeValue, quantParams } from '../../../src/numerics/grid.ts';
import { clippedParams, sharedParams } from '../../../src/recovery/input-clip.ts';
import type { RowProblem } from '../../../src/recovery/row-problem.ts';
import { problems, sampledProblem } from './row-problems.ts';

const ratios = Array.from({ length: 40 }, (_, i) => 1 - (0.65 * i) / 39);

function shrunk({ alpha, beta }: QuantParams, ratio: number, { onto: { grid } }: RowProblem): QuantParams {
  return quantParams({ alpha: grid.symmetric ? -beta * ratio : alpha * ratio, beta: beta * ratio }, grid);
}

/** Σ_j H_jj (w_j − ŵ_j)² of one row with nearest rounding. */
function errorOf(problem: RowProblem, row: number, params: QuantParams): number {
  const { weights, h, depth, onto } = problem;
  let sum = 0;
  for (let j = 0; j < depth; j++) {
    const w = weights[row * depth + j];
    const q = quantizeValue(w, params, onto.grid, onto.rounding);
    sum += h[j * (depth + 1)] * (w - (q - params.zeroPoint) * params.scale) ** 2;
  }
  return sum;
}

const rowsOf = ({ rows }: RowProblem) => Array.from({ length: rows }, (_, r) => r);

describe('a range by what a layer reads', () => {
  it('is that of the least error of its row', () => {
    fc.assert(
      fc.property(problems(9), (problem) => {
        const params = clippedParams(problem, false);
        expect(params.length).toBe(problem.rows);
        for (const r of rowsOf(problem)) {
          const errors = ratios.map((ratio) =>
            errorOf(problem, r, shrunk(problem.params[r], ratio, problem)),
          );
          const present = errorOf(problem, r, problem.params[r]);
          expect(errorOf(problem, r, params[r])).toBeCloseTo(Math.min(present, ...errors.slice(1)), 12);
        }
      }),
    );
  });

  it('is that of the least sum of errors where it is shared, by groups as well', () => {
    fc.assert(
      fc.property(problems(9), fc.integer({ min: 1, max: 3 }), (problem, groups) => {
        const all = Array.from({ length: groups }, (_, seed) => ({
          ...sampledProblem({ seed: seed + 1, rows: 3, depth: problem.depth }),
          onto: problem.onto,
          params: new Array(3).fill(problem.params[0]),
        }));
        const sumOf = (params: QuantParams) =>
          all.reduce((sum, each) => rowsOf(each).reduce((s, r) => s + errorOf(each, r, params), sum), 0);
        const [present] = problem.params;
        const sums = ratios.map((ratio) => sumOf(shrunk(present, ratio, problem)));
        const least = Math.min(sumOf(present), ...sums.slice(1));
        expect(sumOf(sharedParams(all))).toBeCloseTo(least, 10);
        const [first] = all;
        expect(clippedParams(first, true)).toEqual(new Array(3).fill(sharedParams([first])));
      }),
    );
  });

  it('gives up a large weight that reads next to nothing, and none that reads much', () => {
    const sampled = sampledProblem({ rows: 1, depth: 8 });
    const weights = Float64Array.of(8, 1, -1, 0.9, -0.7, 0.6, -0.4, 0.3);
    const params = [quantParams({ alpha: -8, beta: 8 }, sampled.onto.grid)];
    const reading = (power: number) => {
      const h = Float64Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0));
      h[0] = power;
      return clippedParams({ ...sampled, weights, params, h, k: h }, false)[0];
    };
    expect(reading(1e-6).beta).toBeLessThan(0.5 * params[0].beta);
    expect(reading(100).beta).toBeGreaterThan(0.9 * params[0].beta);
  });

  it.each([true, false])('stays as it is where no weight is off its code: symmetric %s', (symmetric) => {
    const sampled = sampledProblem({ rows: 2, depth: 4, symmetric });
    const { qmin, qmax } = sampled.onto.grid;
    const codes = [qmin, qmax, 1, 2, qmax, qmin, 3, 4];
    const weights = Float64Array.from(codes, (q, i) => {
      const { scale, zeroPoint } = sampled.params[Math.floor(i / 4)];
      return (q - zeroPoint) * scale;
    });
    clippedParams({ ...sampled, weights }, false).forEach((params, r) => {
      expect(params).toBe(sampled.params[r]);
    });
    const blind = sampledProblem({ rows: 1, depth: 2, symmetric, dead: [0, 1] });
    expect(clippedParams(blind, false)[0]).toBe(blind.params[0]);
  });
});
