import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import type { Rounding } from '../../../src/numerics/rounding.ts';
import {
  betterRows,
  chooseRows,
  nearestCodes,
  type RowProblem,
  rowValues,
} from '../../../src/recovery/row-problem.ts';
import {
  anyCodes,
  expectInGrid,
  outputError,
  problems,
  rowNoise,
  sampledProblem,
  slackOf,
} from './row-problems.ts';

const sum = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((all, x) => all + x, 0);

describe('the nearest codes', () => {
  it('lie in the grid, and no other one lies nearer to its weight', () => {
    fc.assert(
      fc.property(problems(9), (problem) => {
        const codes = nearestCodes(problem);
        expectInGrid(problem, codes);
        const { qmin, qmax } = problem.onto.grid;
        codes.forEach((code, i) => {
          const { scale, zeroPoint } = problem.params[Math.floor(i / problem.depth)];
          const distance = (q: number) => Math.abs((q - zeroPoint) * scale - problem.weights[i]);
          for (let q = qmin; q <= qmax; q++)
            expect(distance(code)).toBeLessThanOrEqual(distance(q) + 1e-6 * scale);
        });
      }),
    );
  });

  it('round ties as the target does, of the weight as float32', () => {
    const grid = symmetricGrid(4, { restricted: false });
    const h = Float64Array.of(1);
    // 1 / float32(2/3) is half way between two integers as float32, and what is below 1 in float64 only is not.
    const weights = Float64Array.of(2.5, 1 - 2.5e-8);
    const params = [1, 2 / 3].map((scale) => gridParams(scale, 0, grid));
    const codesBy = (rounding: Rounding) =>
      nearestCodes({ rows: 2, depth: 1, weights, h, k: h, params, onto: { grid, rounding } });
    expect([...codesBy('half-to-even')]).toEqual([2, 2]);
    expect([...codesBy('half-away-from-zero')]).toEqual([3, 2]);
  });
});

describe('the noise of a row', () => {
  it('is the mean square of the output error of the quantized layer, but for that of weights of 0', () => {
    fc.assert(
      fc.property(problems(9), fc.nat(), (problem, seed) => {
        const codes = anyCodes(problem, seed);
        const withCodes = outputError(problem, rowValues(problem, codes));
        const withZeros = outputError(problem, new Float64Array(codes.length));
        const noise = sum(rowNoise(problem, codes));
        expect(Math.abs(noise - (withCodes - withZeros))).toBeLessThan(
          1e-9 * (withCodes + withZeros) + 1e-12,
        );
      }),
    );
  });
});

describe('the better rows', () => {
  it('are of the least noise of both', () => {
    fc.assert(
      fc.property(problems(9), fc.nat(), fc.nat(), (problem, one, other) => {
        const [first, second] = [anyCodes(problem, one), anyCodes(problem, other)];
        const noise = rowNoise(problem, betterRows(problem, first, second));
        const [ofFirst, ofSecond] = [rowNoise(problem, first), rowNoise(problem, second)];
        noise.forEach((n, r) => {
          expect(Math.abs(n - Math.min(ofFirst[r], ofSecond[r]))).toBeLessThanOrEqual(slackOf(problem));
        });
      }),
    );
  });

  it('are the first ones where both are as good, and neither is written to', () => {
    const problem: RowProblem = sampledProblem({ rows: 3, depth: 2 });
    const first = { codes: Int32Array.of(1, 1, 2, 2, 3, 3), noise: Float64Array.of(5, 5, 5) };
    const second = { codes: Int32Array.of(4, 4, 5, 5, 6, 6), noise: Float64Array.of(5, 4, 6) };
    expect([...chooseRows(problem, first, second)]).toEqual([1, 1, 5, 5, 3, 3]);
    expect([...first.codes]).toEqual([1, 1, 2, 2, 3, 3]);
    const dead = sampledProblem({ rows: 1, depth: 1, dead: [0] });
    expect([...betterRows(dead, Int32Array.of(1), Int32Array.of(2))]).toEqual([1]);
  });
});
